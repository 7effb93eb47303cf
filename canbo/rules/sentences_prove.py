"""Sentences of the prover: what it found, and which maxim settles it."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "finding_conflict": {
        "en": "{first} allows what {others} refuses, and neither gives way to the other.",
        "vi": "{first} cho phép điều mà {others} không cho phép, và không quy định nào nhường quy định nào.",
        "fa": "{first} آنچه را {others} رد می‌کند مجاز می‌داند و هیچ‌یک بر دیگری مقدم نیست.",
    },
    "finding_opposition": {
        "en": "{first} allows what {others} refuses; it is settled which of them prevails.",
        "vi": "{first} cho phép điều mà {others} không cho phép; đã xác định được quy định nào được ưu tiên.",
        "fa": "{first} آنچه را {others} رد می‌کند مجاز می‌داند؛ روشن است کدام مقدم است.",
    },
    "finding_overlap": {
        "en": "{first} and {others} both apply to the same case.",
        "vi": "{first} và {others} cùng áp dụng cho một trường hợp.",
        "fa": "{first} و {others} هر دو بر یک مورد جاری‌اند.",
    },
    "finding_ultra_vires": {
        "en": "{first} allows what its superior {others} refuses; a lower body cannot grant that.",
        "vi": "{first} cho phép điều mà quy định của cấp trên {others} không cho phép; cấp dưới không được quy định như vậy.",
        "fa": "{first} آنچه را مقررهٔ بالادست {others} رد می‌کند مجاز می‌داند؛ نهاد پایین‌تر چنین اختیاری ندارد.",
    },
    "finding_family_disagreement": {
        "en": "Party and State differ: in one case {first} says no where {others} says yes.",
        "vi": "Đảng và Nhà nước khác nhau: cùng một trường hợp, {first} không cho phép còn {others} cho phép.",
        "fa": "حزب و دولت اختلاف دارند: در یک مورد {first} نه می‌گوید و {others} آری.",
    },
    "finding_different_figure": {
        "en": "{first} and {others} are in force at once and give different answers to the same question.",
        "vi": "{first} và {others} cùng có hiệu lực nhưng đưa ra kết quả khác nhau cho cùng một câu hỏi.",
        "fa": "{first} و {others} همزمان نافذند و به یک پرسش پاسخ‌های متفاوت می‌دهند.",
    },
    "finding_different_measure": {
        "en": "{first} and {others} put the same test against different counts: the same votes pass one and not the other.",
        "vi": "{first} và {others} đặt cùng một điều kiện nhưng tính trên các mẫu số khác nhau: cùng số phiếu, bên này đạt, bên kia không.",
        "fa": "{first} و {others} یک سنجه را بر مبناهای متفاوت می‌نهند: همان رأی‌ها یکی را برآورده می‌کند و دیگری را نه.",
    },
    "finding_not_monotone": {
        "en": "The figure of {first} falls although what it should rise with rises.",
        "vi": "Kết quả của {first} giảm dù yếu tố đáng lẽ làm nó tăng lại tăng.",
        "fa": "رقم {first} پایین می‌آید، هرچند آنچه باید آن را بالا ببرد بالا می‌رود.",
    },
    "finding_open_boundary": {
        "en": "{first} and {others} meet at a point where both of them or neither of them holds.",
        "vi": "{first} và {others} gặp nhau tại một điểm mà cả hai cùng đúng hoặc không quy định nào đúng.",
        "fa": "{first} و {others} در نقطه‌ای به هم می‌رسند که هر دو یا هیچ‌کدام برقرار نیست.",
    },
    "finding_two_consequences": {
        "en": "{first} and {others} both hold of the same case, and each leads to another decision.",
        "vi": "{first} và {others} cùng đúng cho một trường hợp nhưng dẫn đến hai quyết định khác nhau.",
        "fa": "{first} و {others} هر دو دربارهٔ یک مورد برقرارند و هر یک به تصمیمی دیگر می‌انجامد.",
    },
    "finding_gap": {
        "en": "No article answers this case ({topic}); nearest: {first}.",
        "vi": "Không có quy định nào cho trường hợp này ({topic}); gần nhất: {first}.",
        "fa": "هیچ ماده‌ای به این مورد پاسخ نمی‌دهد ({topic})؛ نزدیک‌ترین: {first}.",
    },
    "finding_dead_post": {
        "en": "Nobody can hold this post: {first} and {others} cannot all be met.",
        "vi": "Không ai có thể giữ chức vụ này: không thể đáp ứng đồng thời {first} và {others}.",
        "fa": "هیچ‌کس نمی‌تواند این پست را داشته باشد: {first} و {others} با هم برآورده نمی‌شوند.",
    },
    "finding_empty": {
        "en": "{first} can never apply: its scope holds for nobody.",
        "vi": "{first} không bao giờ được áp dụng: phạm vi của nó không có ai.",
        "fa": "{first} هرگز جاری نمی‌شود: دامنهٔ آن هیچ‌کس را در بر نمی‌گیرد.",
    },
    "finding_dominated": {
        "en": "{first} never decides anything: wherever it speaks, {others} has already decided.",
        "vi": "{first} không quyết định gì: ở mọi nơi nó áp dụng, {others} đã quyết định.",
        "fa": "{first} هیچ‌گاه تعیین‌کننده نیست: هر جا سخن بگوید، {others} پیش‌تر تصمیم گرفته است.",
    },
    "finding_duplicate": {
        "en": "{first} and {others} say the same.",
        "vi": "{first} và {others} quy định giống nhau.",
        "fa": "{first} و {others} یک چیز می‌گویند.",
    },
    "prevails_declared": {
        "en": "{winner} prevails: it makes the exception by name.",
        "vi": "{winner} được ưu tiên: nêu đích danh ngoại lệ.",
        "fa": "{winner} مقدم است: استثنا را به نام آورده است.",
    },
    "prevails_superior_level": {
        "en": "{winner} prevails: its issuer is superior.",
        "vi": "{winner} được ưu tiên: cấp ban hành cao hơn.",
        "fa": "{winner} مقدم است: صادرکنندهٔ آن بالاتر است.",
    },
    "prevails_narrower_scope": {
        "en": "{winner} prevails: its scope is narrower.",
        "vi": "{winner} được ưu tiên: phạm vi hẹp hơn.",
        "fa": "{winner} مقدم است: دامنهٔ آن تنگ‌تر است.",
    },
    "prevails_later_date": {
        "en": "{winner} prevails: it is later.",
        "vi": "{winner} được ưu tiên: ban hành sau.",
        "fa": "{winner} مقدم است: دیرتر صادر شده است.",
    },
    "prevails_disagree": {
        "en": "The narrower scope speaks for one of them, the later date for the other.",
        "vi": "Phạm vi hẹp hơn ủng hộ một bên, ngày ban hành sau ủng hộ bên kia.",
        "fa": "دامنهٔ تنگ‌تر به سود یکی است و تاریخ دیرتر به سود دیگری.",
    },
    "prevails_families": {
        "en": "They belong to two families of rules, and both must be passed.",
        "vi": "Hai quy định thuộc hai hệ thống và đều phải đáp ứng.",
        "fa": "به دو خانوادهٔ مقررات تعلق دارند و هر دو باید رعایت شوند.",
    },
    "prevails_none": {
        "en": "Same level, same day, and neither scope lies within the other.",
        "vi": "Cùng cấp, cùng ngày, và không phạm vi nào nằm trong phạm vi kia.",
        "fa": "هم‌سطح و هم‌روزند و دامنهٔ هیچ‌یک درون دیگری نیست.",
    },
    "figures_are": {
        "en": "Here: {figures}.",
        "vi": "Ở đây: {figures}.",
        "fa": "در اینجا: {figures}.",
    },
    "measured_against": {
        "en": "One measures against: {measure}; the other against: {other}.",
        "vi": "Một bên tính trên: {measure}; bên kia tính trên: {other}.",
        "fa": "مبنای یکی: {measure}؛ مبنای دیگری: {other}.",
    },
    "figure_falls": {
        "en": "With {fact} at {before} it is {figure}; at {after} it is {other}.",
        "vi": "Khi {fact} là {before} thì kết quả là {figure}; khi là {after} thì là {other}.",
        "fa": "با {fact} برابر {before}، رقم {figure} است؛ با {after}، {other}.",
    },
    "boundary_both": {
        "en": "At {fact} = {at} both hold.",
        "vi": "Tại {fact} = {at} cả hai đều đúng.",
        "fa": "در {fact} = {at} هر دو برقرارند.",
    },
    "boundary_neither": {
        "en": "At {fact} = {at} neither holds.",
        "vi": "Tại {fact} = {at} không quy định nào đúng.",
        "fa": "در {fact} = {at} هیچ‌کدام برقرار نیست.",
    },
    "gap_undetermined": {
        "en": "An article applies but leaves the answer undetermined.",
        "vi": "Có quy định áp dụng nhưng để ngỏ kết quả.",
        "fa": "ماده‌ای جاری است اما پاسخ را باز گذاشته است.",
    },
    "gap_uncovered": {
        "en": "The case lies in the scope of none.",
        "vi": "Trường hợp này không thuộc phạm vi của quy định nào.",
        "fa": "مورد در دامنهٔ هیچ ماده‌ای نیست.",
    },
    "outcome_pass": {"en": "holds", "vi": "đáp ứng", "fa": "برقرار است"},
    "outcome_fail": {"en": "refuses", "vi": "không cho phép", "fa": "رد می‌کند"},
    "outcome_unknown": {"en": "leaves it open", "vi": "chưa xác định", "fa": "باز می‌گذارد"},
    "outcome_not_applicable": {"en": "does not apply", "vi": "không áp dụng", "fa": "جاری نیست"},
    "article_not_known": {
        "en": "There is no article ‘{name}’ in the rulebook.{hint}",
        "vi": "Không có điều ‘{name}’ trong bộ quy tắc.{hint}",
        "fa": "ماده‌ای به نام «{name}» در مجموعه نیست.{hint}",
    },
    "answers_change": {
        "en": "{articles} articles differ; {changes} answers change.",
        "vi": "{articles} điều khác nhau; {changes} câu trả lời thay đổi.",
        "fa": "{articles} ماده متفاوت است؛ {changes} پاسخ تغییر می‌کند.",
    },
    "answer_changes": {
        "en": "{topic}: {before} becomes {after} by {articles}, for example with {facts}.",
        "vi": "{topic}: {before} thành {after} do {articles}, ví dụ với {facts}.",
        "fa": "{topic}: {before} می‌شود {after} بر پایهٔ {articles}، برای نمونه با {facts}.",
    },
}
