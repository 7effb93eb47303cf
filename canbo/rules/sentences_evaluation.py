"""Sentences about evaluation: files that cannot be read, what the law leaves open, and what to know about a score."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    # ---- files
    "eval_not_a_number": {
        "en": "‘{name}’ must be a number such as 3 or 2.7; found {found}.",
        "vi": "‘{name}’ phải là số, ví dụ 3 hoặc 2.7; gặp {found}.",
        "fa": "«{name}» باید عدد باشد، مانند 3 یا 2.7؛ یافت شد {found}.",
    },
    "eval_out_of_range": {
        "en": "‘{name}’ is {found}; possible are 0 to {most}.",
        "vi": "‘{name}’ là {found}; chỉ nhận từ 0 đến {most}.",
        "fa": "«{name}» {found} است؛ از 0 تا {most} ممکن است.",
    },
    "eval_too_many_places": {
        "en": "‘{name}’ is {found}; it has at most {places} decimal places.",
        "vi": "‘{name}’ là {found}; tối đa {places} chữ số thập phân.",
        "fa": "«{name}» {found} است؛ حداکثر {places} رقم اعشار دارد.",
    },
    "eval_too_many_products": {
        "en": "More than {most} products in one period cannot be one person's work.",
        "vi": "Một kỳ có hơn {most} sản phẩm thì không thể là việc của một người.",
        "fa": "بیش از {most} محصول در یک دوره کار یک نفر نیست.",
    },
    "eval_not_a_period": {
        "en": "‘{found}’ is not a period; write 2026, 2026-Q1 or 2026-03.",
        "vi": "‘{found}’ không phải là kỳ đánh giá; hãy viết 2026, 2026-Q1 hoặc 2026-03.",
        "fa": "«{found}» دوره نیست؛ بنویسید 2026، 2026-Q1 یا 2026-03.",
    },
    "eval_period_outside": {
        "en": "The period {name} does not lie within {period}.",
        "vi": "Kỳ {name} không nằm trong {period}.",
        "fa": "دورهٔ {name} درون {period} نیست.",
    },
    "eval_period_twice": {
        "en": "The period {name} is there twice; a period has one result.",
        "vi": "Kỳ {name} xuất hiện hai lần; mỗi kỳ chỉ có một kết quả.",
        "fa": "دورهٔ {name} دو بار آمده؛ هر دوره یک نتیجه دارد.",
    },
    "eval_periods_and_work": {
        "en": "Products or a score stand beside ‘periods’: put them into the period to which they belong.",
        "vi": "Có sản phẩm hoặc điểm ngoài ‘periods’: hãy đưa vào đúng kỳ của chúng.",
        "fa": "محصول یا امتیاز در کنار ‘periods’ آمده: آنها را در دورهٔ خودشان بگذارید.",
    },
    "eval_not_begun": {
        "en": "The period {period} has not begun on {on}.",
        "vi": "Đến ngày {on}, kỳ {period} chưa bắt đầu.",
        "fa": "در {on} دورهٔ {period} هنوز آغاز نشده است.",
    },
    "eval_assigned_after": {
        "en": "Product ‘{name}’ was assigned on {day}, after {period} ended on {last}: it belongs to the next period, "
        "and nothing is counted until it is taken out.",
        "vi": "Sản phẩm ‘{name}’ được giao ngày {day}, sau khi kỳ {period} kết thúc ngày {last}: thuộc kỳ sau; "
        "chưa tính gì cho đến khi bỏ ra.",
        "fa": "محصول «{name}» در {day} واگذار شد، پس از پایان {period} در {last}: از آنِ دورهٔ بعد است و تا برداشته نشود چیزی شمرده نمی‌شود.",
    },
    "eval_weights_not_here": {
        "en": "Weights of a unit's own regulation hold for public employees only (Decree 233/2026, article 12); for civil "
        "servants Decree 335/2025, article 16, takes the plain mean.",
        "vi": "Trọng số theo quy chế của đơn vị chỉ áp dụng với viên chức (Nghị định 233/2026, Điều 12); "
        "với công chức, Điều 16 Nghị định 335/2025 lấy trung bình cộng.",
        "fa": "وزن‌های آیین‌نامهٔ واحد تنها برای کارمندان واحد عمومی است (فرمان 233/2026، مادهٔ ۱۲)؛ برای کارمندان دولت "
        "فرمان 335/2025، مادهٔ ۱۶، میانگین ساده می‌گیرد.",
    },
    "eval_weights_sum": {
        "en": "The weights sum to {found}; with 30 for the general criteria they must sum to {most}.",
        "vi": "Tổng trọng số là {found}; cùng 30 điểm tiêu chí chung thì tổng phải là {most}.",
        "fa": "جمع وزن‌ها {found} است؛ با ۳۰ برای معیارهای عمومی باید {most} باشد.",
    },
    "eval_no_tasks": {
        "en": "Of no planned tasks no share can be taken; give the number planned, or the shares themselves.",
        "vi": "Không có nhiệm vụ theo kế hoạch thì không tính được tỷ lệ; hãy nêu số nhiệm vụ hoặc các tỷ lệ.",
        "fa": "از هیچ وظیفهٔ برنامه‌ریزی‌شده سهمی گرفته نمی‌شود؛ شمار آن یا خود سهم‌ها را بدهید.",
    },
    "eval_more_than_planned": {
        "en": "‘{name}’ is {found}, more than the {planned} planned.",
        "vi": "‘{name}’ là {found}, nhiều hơn {planned} theo kế hoạch.",
        "fa": "«{name}» {found} است، بیش از {planned} برنامه‌ریزی‌شده.",
    },
    "eval_groups_or_people": {
        "en": "Give either ‘groups’ with the number of each grade, or ‘people’ with a grade each.",
        "vi": "Hãy nêu ‘groups’ với số lượng từng mức, hoặc ‘people’ với mức của từng người.",
        "fa": "یا ‘groups’ با شمار هر رتبه بدهید یا ‘people’ با رتبهٔ هر یک.",
    },
    "eval_person_twice": {
        "en": "‘{name}’ is there twice; each has one grade.",
        "vi": "‘{name}’ xuất hiện hai lần; mỗi người một mức.",
        "fa": "«{name}» دو بار آمده؛ هر کس یک رتبه دارد.",
    },
    # ---- what the law leaves open
    "eval_undetermined": {
        "en": "Undetermined: {who} decides. {what}",
        "vi": "Chưa xác định: {who} quyết định. {what}",
        "fa": "نامعین: تصمیم با {who}. {what}",
    },
    "eval_missing": {"en": "Missing: {names}.", "vi": "Còn thiếu: {names}.", "fa": "کم است: {names}."},
    "eval_authority": {"en": "the authority that grades", "vi": "cấp có thẩm quyền xếp loại", "fa": "مرجع رتبه‌دهنده"},
    "eval_head_of_unit": {
        "en": "the head of the public service unit, by its regulation",
        "vi": "người đứng đầu đơn vị sự nghiệp, theo quy chế",
        "fa": "رئیس واحد خدمات عمومی، با آیین‌نامه",
    },
    "eval_nothing_assigned": {
        "en": "Nothing was assigned, so there is nothing of which a share could be taken; what people declare is no assignment.",
        "vi": "Không có sản phẩm nào được giao nên không có mẫu số; tự kê khai không phải là được giao.",
        "fa": "چیزی واگذار نشده، پس مخرجی نیست؛ آنچه اشخاص اعلام می‌کنند واگذاری نیست.",
    },
    "eval_between": {
        "en": "Criterion {name} lies between the two cases that the decree names, and it gives no figure for that.",
        "vi": "Tiêu chí {name} nằm giữa hai trường hợp Nghị định nêu và Nghị định không quy định mức.",
        "fa": "معیار {name} میان دو حالت فرمان است و فرمان رقمی برای آن نمی‌دهد.",
    },
    "eval_no_regulation": {
        "en": "How points are given is for the unit's own regulation, which was not handed over (Decree 233/2026, article 12).",
        "vi": "Cách cho điểm do quy chế của đơn vị quy định, chưa được cung cấp (Nghị định 233/2026, Điều 12).",
        "fa": "چگونگی امتیاز با آیین‌نامهٔ خود واحد است که ارائه نشده (فرمان 233/2026، مادهٔ ۱۲).",
    },
    "eval_no_rules_then": {
        "en": "On {on} no article in the rulebook grades this; an older text was not found.",
        "vi": "Vào ngày {on} chưa có điều nào trong bộ quy định xếp loại trường hợp này; chưa tìm thấy văn bản cũ.",
        "fa": "در {on} هیچ مادهٔ کتاب مقررات این را رتبه نمی‌دهد؛ متن کهن‌تری یافت نشد.",
    },
    "eval_tied": {
        "en": "Equal in everything that was measured: {names}. The authority decides among them.",
        "vi": "Bằng nhau ở mọi tiêu chí đã đo: {names}. Cấp có thẩm quyền quyết định.",
        "fa": "در همهٔ سنجه‌ها برابر: {names}. مرجع میان آنان تصمیم می‌گیرد.",
    },
    # ---- what to know about a score
    "eval_score_given": {
        "en": "The score was handed over as settled; it is not recomputed.",
        "vi": "Điểm được cung cấp như đã chốt; không tính lại.",
        "fa": "امتیاز همچون نهایی داده شد؛ دوباره حساب نمی‌شود.",
    },
    "eval_part_given": {
        "en": "{name} was handed over as found by the authority.",
        "vi": "{name} lấy theo nhận định của cấp có thẩm quyền.",
        "fa": "{name} همان یافتهٔ مرجع است.",
    },
    "eval_no_points_then": {
        "en": "On {on} the law gave no points; the grade follows from other facts.",
        "vi": "Vào ngày {on} pháp luật không chấm điểm; mức xếp loại dựa trên dữ kiện khác.",
        "fa": "در {on} قانون امتیازی نمی‌داد؛ رتبه از داده‌های دیگر برمی‌آید.",
    },
    "eval_above_100": {
        "en": "a is {value} %, above 100: extra products count in full, since the decree states no cap; bodies that cap it are "
        "shown as a reading.",
        "vi": "a là {value} %, trên 100: tính đủ phần làm thêm vì Nghị định không quy định mức trần; cách tính có trần được nêu kèm.",
        "fa": "a برابر {value} ٪ و بالای ۱۰۰ است: کار افزوده همه به حساب می‌آید چون فرمان سقفی نمی‌گوید؛ خوانش با سقف نیز آمده است.",
    },
    "eval_cause_not_confirmed": {
        "en": "‘{name}’: an objective cause was claimed but not confirmed by the authority, so it does not count.",
        "vi": "‘{name}’: có nêu nguyên nhân khách quan nhưng cấp có thẩm quyền chưa xác nhận nên không tính.",
        "fa": "«{name}»: علت بیرونی گفته شد ولی مرجع تأیید نکرد، پس به حساب نمی‌آید.",
    },
    "eval_fifth_failure": {
        "en": "‘{name}’ failed {found} times: after four cuts of a quarter nothing is left to cut.",
        "vi": "‘{name}’ không đạt {found} lần: sau bốn lần trừ 25% thì không còn gì để trừ.",
        "fa": "«{name}» {found} بار ناموفق بود: پس از چهار کاستِ یک‌چهارم چیزی نمی‌ماند.",
    },
    "eval_fifth_delay": {
        "en": "‘{name}’ was late {found} times: after four cuts of a quarter nothing is left to cut.",
        "vi": "‘{name}’ chậm {found} lần: sau bốn lần trừ 25% thì không còn gì để trừ.",
        "fa": "«{name}» {found} بار دیر شد: پس از چهار کاستِ یک‌چهارم چیزی نمی‌ماند.",
    },
    "eval_done_not_assigned": {
        "en": "‘{name}’ was done without having been assigned: it counts only where the authority handed it over or accepted it "
        "(say extra: taken_over or unexpected).",
        "vi": "‘{name}’ đã làm nhưng không được giao: chỉ tính khi cấp có thẩm quyền giao thêm hoặc chấp nhận "
        "(ghi extra: taken_over hoặc unexpected).",
        "fa": "«{name}» بی‌واگذاری انجام شد: تنها اگر مرجع آن را سپرده یا پذیرفته باشد به حساب می‌آید "
        "(بنویسید extra: taken_over یا unexpected).",
    },
    "eval_periods_wanting": {
        "en": "Not scored yet: {names}; the mean of the whole cannot be told.",
        "vi": "Chưa chấm điểm: {names}; chưa tính được trung bình cả kỳ.",
        "fa": "هنوز سنجیده نشده: {names}؛ میانگین کل گفتنی نیست.",
    },
    "eval_so_far": {"en": "So far: {line}.", "vi": "Đến nay: {line}.", "fa": "تا کنون: {line}."},
    "eval_period_open": {
        "en": "{period} lasts until {last}: what is told now may still change.",
        "vi": "Kỳ {period} kéo dài đến {last}: kết quả hiện nêu còn có thể thay đổi.",
        "fa": "{period} تا {last} ادامه دارد: آنچه اکنون گفته می‌شود شاید تغییر کند.",
    },
    "eval_band_only": {
        "en": "A month or quarter is scored, the year is graded: the grade shown is the band in which the score lies.",
        "vi": "Tháng, quý thì chấm điểm, năm mới xếp loại: mức nêu ở đây là khung chứa số điểm.",
        "fa": "ماه و فصل امتیاز می‌گیرد و سال رتبه: رتبهٔ نشان‌داده بازه‌ای است که امتیاز در آن است.",
    },
    "eval_quarter_cut": {
        "en": "A change of period cuts {period}: months that were closed stay as they are, and {left} is scored as the rest of the "
        "quarter. No text says what to do; the managing body decides.",
        "vi": "Việc đổi kỳ đánh giá cắt ngang {period}: các tháng đã chốt giữ nguyên, {left} được chấm như phần còn lại của quý. "
        "Chưa có văn bản quy định; cơ quan quản lý quyết định.",
        "fa": "تغییر دوره {period} را می‌بُرد: ماه‌های بسته همان می‌مانند و {left} چون باقی فصل سنجیده می‌شود. متنی در این باره نیست؛ "
        "نهاد مدیریت‌کننده تصمیم می‌گیرد.",
    },
    "eval_quarters_in_year": {
        "en": "A quarter stands for its months in the mean of the year; form 02 has rows for months only.",
        "vi": "Trong trung bình năm, một quý tính như các tháng của quý; mẫu 02 chỉ có dòng cho tháng.",
        "fa": "در میانگین سال هر فصل به جای ماه‌هایش می‌نشیند؛ فرم ۰۲ تنها ردیف ماه دارد.",
    },
    "eval_regimes_disagree": {
        "en": "{first} say {one}, {second} says {two}: both stand, and neither repeals the other.",
        "vi": "Theo quy định về {first}: {one}; {second}: {two}. Cả hai cùng có hiệu lực, không bên nào bãi bỏ bên nào.",
        "fa": "قواعد {first} می‌گوید {one}، {second} می‌گوید {two}: هر دو برقرارند و هیچ یک دیگری را لغو نمی‌کند.",
    },
    "eval_rounding": {
        "en": "Whether figures are rounded on the way",
        "vi": "Có làm tròn từng bước hay không",
        "fa": "آیا رقم‌ها میان راه گرد می‌شوند",
    },
    "eval_rounding_steps": {
        "en": "to one decimal at each step (the handbook's example)",
        "vi": "một chữ số thập phân ở mỗi bước (ví dụ của sổ tay)",
        "fa": "تا یک رقم در هر گام (مثال راهنما)",
    },
    "eval_rounding_end": {"en": "not at all", "vi": "không làm tròn", "fa": "هیچ"},
    # ---- grades and headings of the command
    "eval_grade_excellent": {"en": "completed excellently", "vi": "hoàn thành xuất sắc nhiệm vụ", "fa": "عالی"},
    "eval_grade_good": {"en": "completed well", "vi": "hoàn thành tốt nhiệm vụ", "fa": "خوب"},
    "eval_grade_completed": {"en": "completed", "vi": "hoàn thành nhiệm vụ", "fa": "انجام‌شده"},
    "eval_grade_not_completed": {"en": "not completed", "vi": "không hoàn thành nhiệm vụ", "fa": "انجام‌نشده"},
    "eval_grade_not_graded": {"en": "not graded", "vi": "không xếp loại", "fa": "رتبه داده نمی‌شود"},
    "eval_grade_undetermined": {"en": "undetermined", "vi": "chưa xác định", "fa": "نامعین"},
    "eval_head": {
        "en": "Its head, with {score} points: {grade}.",
        "vi": "Người đứng đầu, {score} điểm: {grade}.",
        "fa": "رئیس آن، با {score} امتیاز: {grade}.",
    },
    "eval_cap_line": {
        "en": "{group}: excellent reached by {reached}; allowed {allowed} by the reading in force ({used}), {settled} once those who "
        "lose it count among the good.",
        "vi": "{group}: {reached} đạt xuất sắc; được phép {allowed} theo cách hiểu đang dùng ({used}), {settled} khi người bị hạ được "
        "tính vào số tốt.",
        "fa": "{group}: {reached} به عالی رسیده‌اند؛ بنا به خوانش جاری ({used}) {allowed} رواست، و {settled} وقتی کنارمانده‌ها در «خوب»ها "
        "شمرده شوند.",
    },
    "eval_cap_readings": {"en": "Readings: {readings}.", "vi": "Các cách hiểu: {readings}.", "fa": "خوانش‌ها: {readings}."},
    "eval_cap_whole": {"en": "the whole body", "vi": "toàn cơ quan", "fa": "همهٔ نهاد"},
    "eval_cap_order": {
        "en": "Too many: by points, then result, quality, progress, quantity, these keep it: {keep}; these do not: {lose}. The law names "
        "no order; this one is a proposal.",
        "vi": "Vượt tỷ lệ: xét theo điểm, rồi kết quả, chất lượng, tiến độ, số lượng, giữ mức: {keep}; không giữ: {lose}. Pháp luật "
        "không quy định thứ tự; đây là đề xuất.",
        "fa": "بیش از اندازه: به ترتیب امتیاز، نتیجه، کیفیت، پیشرفت و مقدار، اینان نگه می‌دارند: {keep}؛ اینان نه: {lose}. قانون ترتیبی "
        "نمی‌گوید؛ این یک پیشنهاد است.",
    },
    "eval_used": {"en": "used", "vi": "đang dùng", "fa": "به‌کاررفته"},
    "eval_articles": {"en": "Articles:", "vi": "Căn cứ:", "fa": "مواد:"},
    "eval_readings": {"en": "Readings:", "vi": "Các cách hiểu:", "fa": "خوانش‌ها:"},
    "eval_needs_facts": {
        "en": "Say who is evaluated: --facts FILE.",
        "vi": "Hãy nêu người được đánh giá: --facts FILE.",
        "fa": "بگویید چه کسی ارزیابی می‌شود: --facts FILE.",
    },
    # ---- records of a whole service
    "records_no_file": {
        "en": "The folder {folder} holds no {name}.",
        "vi": "Thư mục {folder} không có {name}.",
        "fa": "پوشهٔ {folder} پروندهٔ {name} ندارد.",
    },
    "records_unreadable": {
        "en": "{file} cannot be read as Parquet: {why}.",
        "vi": "Không đọc được {file} ở dạng Parquet: {why}.",
        "fa": "{file} را نمی‌توان به شکل Parquet خواند: {why}.",
    },
    "records_no_column": {
        "en": "{file} has no column ‘{name}’.",
        "vi": "{file} không có cột ‘{name}’.",
        "fa": "{file} ستون «{name}» ندارد.",
    },
    "records_unknown_column": {
        "en": "{file} has a column ‘{name}’ that nothing is known of. {hint}",
        "vi": "{file} có cột ‘{name}’ không rõ nghĩa. {hint}",
        "fa": "{file} ستونی به نام «{name}» دارد که ناشناخته است. {hint}",
    },
    "records_wrong_type": {
        "en": "{file}: the column ‘{name}’ must be of type {expected}.",
        "vi": "{file}: cột ‘{name}’ phải có kiểu {expected}.",
        "fa": "{file}: ستون «{name}» باید از نوع {expected} باشد.",
    },
    "records_empty": {
        "en": "{file}: {count} cells of the column ‘{name}’ are empty.",
        "vi": "{file}: {count} ô của cột ‘{name}’ bị trống.",
        "fa": "{file}: {count} خانه از ستون «{name}» خالی است.",
    },
    "records_word": {
        "en": "{file}: ‘{name}’ is ‘{found}’; possible are {known}.",
        "vi": "{file}: ‘{name}’ là ‘{found}’; chỉ nhận {known}.",
        "fa": "{file}: «{name}» «{found}» است؛ {known} ممکن است.",
    },
    "records_out_of_range": {
        "en": "{file}: ‘{name}’ is {found}; possible are 0 to {most}, with at most {places} decimal places.",
        "vi": "{file}: ‘{name}’ là {found}; chỉ nhận từ 0 đến {most}, tối đa {places} chữ số thập phân.",
        "fa": "{file}: «{name}» {found} است؛ از 0 تا {most} با حداکثر {places} رقم اعشار ممکن است.",
    },
    "records_unknown": {
        "en": "{file} names ‘{name}’, who is not in {where}.",
        "vi": "{file} nêu ‘{name}’, không có trong {where}.",
        "fa": "{file} از «{name}» نام می‌برد که در {where} نیست.",
    },
    "records_person_twice": {
        "en": "{file}: ‘{name}’ is there twice.",
        "vi": "{file}: ‘{name}’ xuất hiện hai lần.",
        "fa": "{file}: «{name}» دو بار آمده است.",
    },
    "records_period_twice": {
        "en": "‘{name}’ has the period {period} twice; a period has one result.",
        "vi": "‘{name}’ có kỳ {period} hai lần; mỗi kỳ chỉ có một kết quả.",
        "fa": "«{name}» دورهٔ {period} را دو بار دارد؛ هر دوره یک نتیجه دارد.",
    },
    "records_period": {
        "en": "{file}: ‘{found}’ is not a month or quarter; write 2026-03 or 2026-Q1.",
        "vi": "{file}: ‘{found}’ không phải là tháng hoặc quý; hãy viết 2026-03 hoặc 2026-Q1.",
        "fa": "{file}: «{found}» ماه یا فصل نیست؛ بنویسید 2026-03 یا 2026-Q1.",
    },
    "records_not_ordered": {
        "en": "{file}: the rows of ‘{name}’ come after those of a later person. Rows must stand in the order of persons, over all files "
        "by their names.",
        "vi": "{file}: các dòng của ‘{name}’ đứng sau người đến sau. Các dòng phải xếp theo thứ tự người, qua mọi tệp theo tên tệp.",
        "fa": "{file}: سطرهای «{name}» پس از سطرهای کسی می‌آید که در ترتیب پس از اوست. سطرها باید به ترتیب اشخاص باشند، در همهٔ پرونده‌ها به ترتیب نام.",
    },
    "records_assigned_after": {
        "en": "{file}: a product of ‘{name}’ was assigned on {day}, after the period {period}.",
        "vi": "{file}: một sản phẩm của ‘{name}’ được giao ngày {day}, sau kỳ {period}.",
        "fa": "{file}: محصولی از «{name}» در {day} سپرده شده، پس از دورهٔ {period}.",
    },
    "records_weights": {
        "en": "bodies.parquet: the weights of ‘{name}’ sum to {found}; they must sum to 70.",
        "vi": "bodies.parquet: tổng trọng số của ‘{name}’ là {found}; phải bằng 70.",
        "fa": "bodies.parquet: جمع وزن‌های «{name}» {found} است؛ باید ۷۰ باشد.",
    },
    "records_told": {
        "en": "{period} on {on}: {people} people, {periods} periods, {products} products in {seconds} s.",
        "vi": "{period} vào {on}: {people} người, {periods} kỳ, {products} sản phẩm trong {seconds} giây.",
        "fa": "{period} در {on}: {people} نفر، {periods} دوره، {products} محصول در {seconds} ثانیه.",
    },
    "records_civil_servant": {"en": "civil servants", "vi": "công chức", "fa": "کارمندان دولت"},
    "records_public_employee": {"en": "public employees", "vi": "viên chức", "fa": "کارکنان واحدهای خدمات عمومی"},
    "records_open_no_period": {
        "en": "undetermined, no period recorded",
        "vi": "chưa xác định, không có kỳ nào được ghi",
        "fa": "نامعین، بی هیچ دوره‌ای",
    },
    "records_open_score": {
        "en": "undetermined, a period has no score",
        "vi": "chưa xác định, có kỳ chưa có điểm",
        "fa": "نامعین، دوره‌ای بی‌امتیاز",
    },
    "records_open_periods": {
        "en": "undetermined, periods are wanting",
        "vi": "chưa xác định, còn thiếu kỳ",
        "fa": "نامعین، دوره‌هایی کم است",
    },
    "records_open_regulation": {
        "en": "undetermined, the unit has no regulation here",
        "vi": "chưa xác định, đơn vị chưa có quy chế",
        "fa": "نامعین، واحد آیین‌نامه ندارد",
    },
    "records_open_grade": {
        "en": "undetermined, a fact is missing or the authority decides",
        "vi": "chưa xác định, thiếu dữ kiện hoặc do cấp có thẩm quyền quyết định",
        "fa": "نامعین، واقعیتی کم است یا مرجع تصمیم می‌گیرد",
    },
    "records_over": {
        "en": "Groups of similar tasks: {groups}; in {over} more reached excellent than may keep it.",
        "vi": "Nhóm nhiệm vụ tương đồng: {groups}; {over} nhóm có số xuất sắc vượt mức được giữ.",
        "fa": "گروه‌های وظایف همانند: {groups}؛ در {over} گروه بیش از اندازه به عالی رسیده‌اند.",
    },
    "records_written": {"en": "Written to {folder}.", "vi": "Đã ghi vào {folder}.", "fa": "نوشته شد در {folder}."},
}
