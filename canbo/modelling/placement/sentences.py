"""What placement says to people, by key, in English, Vietnamese and Persian."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "vi", "fa")

_ERRORS = {
    "not_readable": (
        "‘{file}’ cannot be read: {why}.",
        "Không đọc được ‘{file}’: {why}.",
        "«{file}» خوانده نمی‌شود: {why}.",
    ),
    "key_twice": (
        "{at}: ‘{found}’ is written twice; keep one.",
        "{at}: ‘{found}’ ghi hai lần; hãy giữ lại một.",
        "{at}: «{found}» دو بار نوشته شده است؛ یکی را نگه دارید.",
    ),
    "unknown_entry": (
        "{at}: nothing is called ‘{found}’ here; known are {known}.",
        "{at}: không có mục ‘{found}’ ở đây; các mục hợp lệ: {known}.",
        "{at}: اینجا چیزی به نام «{found}» نیست؛ نام‌های شناخته: {known}.",
    ),
    "missing": (
        "{at}: ‘{found}’ is missing.",
        "{at}: thiếu ‘{found}’.",
        "{at}: «{found}» نوشته نشده است.",
    ),
    "kind": (
        "{at}: expected {expected}, found ‘{found}’.",
        "{at}: cần {expected}, gặp ‘{found}’.",
        "{at}: باید {expected} باشد، «{found}» یافت شد.",
    ),
    "twice": (
        "{at}: ‘{found}’ is already in the list; each may stand there once.",
        "{at}: ‘{found}’ đã có trong danh sách; mỗi mục chỉ được ghi một lần.",
        "{at}: «{found}» پیش‌تر در فهرست آمده است؛ هر کدام تنها یک بار.",
    ),
    "no_such_person": (
        "{at}: there is no person ‘{found}’ under people.",
        "{at}: không có người ‘{found}’ trong mục people.",
        "{at}: در people کسی به نام «{found}» نیست.",
    ),
    "no_such_post": (
        "{at}: there is no post ‘{found}’ under posts.",
        "{at}: không có vị trí ‘{found}’ trong mục posts.",
        "{at}: در posts پستی به نام «{found}» نیست.",
    ),
    "no_such_body": (
        "{at}: there is no body ‘{found}’ under bodies.",
        "{at}: không có tổ chức ‘{found}’ trong mục bodies.",
        "{at}: در bodies نهادی به نام «{found}» نیست.",
    ),
    "circle": (
        "{at}: ‘{found}’ stands above itself.",
        "{at}: ‘{found}’ là cấp trên của chính nó.",
        "{at}: «{found}» بالاتر از خودش است.",
    ),
    "number": (
        "{at}: ‘{found}’ is not a number from {least} to {most} with at most {digits} digits after the point.",
        "{at}: ‘{found}’ không phải là số từ {least} đến {most} với tối đa {digits} chữ số thập phân.",
        "{at}: «{found}» عددی از {least} تا {most} با حداکثر {digits} رقم پس از ممیز نیست.",
    ),
    "both": (
        "{at}: ‘{found}’ has a score and is barred as well; it is one or the other.",
        "{at}: ‘{found}’ vừa có điểm vừa bị cấm; chỉ được một trong hai.",
        "{at}: «{found}» هم امتیاز دارد و هم منع شده است؛ تنها یکی درست است.",
    ),
    "fixed_not_allowed": (
        "{at}: ‘{found}’ is put into ‘{post}’ by hand, which is not allowed: {why}.",
        "{at}: ‘{found}’ được chỉ định vào ‘{post}’ nhưng không được phép: {why}.",
        "{at}: «{found}» با دست در «{post}» گذاشته شده که مجاز نیست: {why}.",
    ),
    "fixed_word": (
        "‘{found}’ is not PERSON=POST.",
        "‘{found}’ không có dạng NGƯỜI=VỊ_TRÍ.",
        "«{found}» به شکل شخص=پست نیست.",
    ),
    "with_oneself": (
        "{at}: ‘{found}’ cannot be kept apart from the same person.",
        "{at}: không thể tách ‘{found}’ khỏi chính mình.",
        "{at}: «{found}» را نمی‌توان از خودش جدا کرد.",
    ),
    "crossed": (
        "{at}: at least {least} and at most {most} leave nothing between them.",
        "{at}: ít nhất {least} và nhiều nhất {most} không còn giá trị nào ở giữa.",
        "{at}: دست‌کم {least} و حداکثر {most} جایی میان خود نمی‌گذارند.",
    ),
    "no_limit": (
        "{at}: a cap needs at_least, at_most, share_at_least or share_at_most.",
        "{at}: cần at_least, at_most, share_at_least hoặc share_at_most.",
        "{at}: به at_least، at_most، share_at_least یا share_at_most نیاز است.",
    ),
}
_WORDS = {
    "a_list": ("a list", "một danh sách", "فهرست"),
    "names": ("names with values", "các tên kèm giá trị", "نام‌ها با مقدار"),
    "a_code": ("a word or code", "một từ hoặc mã", "یک واژه یا کد"),
    "yes_no": ("true or false", "true hoặc false", "true یا false"),
    "body_line": ("body or line", "body hoặc line", "body یا line"),
    "two_people": ("two people", "hai người", "دو نفر"),
    "no_score": ("no score was given", "không có điểm", "امتیازی داده نشده است"),
    "too_large": ("more than {most} bytes", "hơn {most} byte", "بیش از {most} بایت"),
    "not_utf8": ("it is not UTF-8", "không phải UTF-8", "UTF-8 نیست"),
}
_ANSWERS = {
    "placed": (
        "{placed} of {people} placed; worth {worth}; no placement is worth more than {bound} (gap {gap}).",
        "Đã bố trí {placed}/{people} người; tổng giá trị {worth}; không phương án nào quá {bound} (chênh {gap}).",
        "{placed} از {people} نفر جای گرفتند؛ ارزش {worth}؛ هیچ چینشی بیش از {bound} نمی‌ارزد (فاصله {gap}).",
    ),
    "lot_decided": (
        "Between placements of equal worth the lot ‘{lot}’ decides.",
        "Giữa các phương án bằng nhau, lá thăm ‘{lot}’ quyết định.",
        "میان چینش‌های هم‌ارزش قرعهٔ «{lot}» تصمیم می‌گیرد.",
    ),
    "lot_undecided": (
        "Ties were not decided by lot: that this is the best was not proved within the limit.",
        "Chưa dùng lá thăm: trong thời hạn chưa chứng minh được đây là phương án tốt nhất.",
        "قرعه به کار نرفت: در این زمان ثابت نشد که این بهترین است.",
    ),
    "impossible": (
        "No placement is possible. These cannot hold together, and without any one of them the others could:",
        "Không thể bố trí. Các điều sau không thể cùng đúng; bỏ bất kỳ điều nào thì các điều còn lại cùng đúng được:",
        "هیچ چینشی ممکن نیست. این‌ها با هم برقرار نمی‌شوند و بی هر کدام، بقیه می‌شوند:",
    ),
    "not_found": (
        "No placement was found within the limit, nor that there is none. Give it more with --limit.",
        "Trong thời hạn chưa tìm ra phương án, cũng chưa chứng minh là không có. Hãy tăng --limit.",
        "در این زمان نه چینشی یافت شد و نه ثابت شد که نیست. با --limit بیشتر بدهید.",
    ),
    "goes": ("{person} → {post}", "{person} → {post}", "{person} ← {post}"),
    "without_place": ("{person}: no place: {why}", "{person}: chưa có vị trí: {why}", "{person}: بی‌جا: {why}"),
    "reason_no_post": (
        "may hold none of these posts ({names})",
        "không đủ điều kiện cho vị trí nào ({names})",
        "هیچ یک از این پست‌ها را نمی‌تواند داشته باشد ({names})",
    ),
    "reason_seats": (
        "every post that this person may hold is taken",
        "mọi vị trí người này có thể giữ đều đã có người",
        "همهٔ پست‌هایی که می‌تواند داشته باشد گرفته شده است",
    ),
    "reason_constraints": ("kept out by {names}", "bị ngăn bởi {names}", "بازداشته با {names}"),
    "reason_worth": (
        "a place would be worth less than none",
        "giá trị khi bố trí thấp hơn khi không bố trí",
        "جای گرفتن کمتر از بی‌جایی می‌ارزد",
    ),
    "hand": (
        "By hand: {person} in {post}; without it the placement would be worth {cost} more.",
        "Chỉ định: {person} vào {post}; nếu không, phương án có giá trị hơn {cost}.",
        "با دست: {person} در {post}؛ بی آن، چینش {cost} بیشتر می‌ارزید.",
    ),
    "missed": (
        "{name} is not met, which costs {cost}.",
        "Không đạt {name}, mất {cost}.",
        "{name} برآورده نیست و {cost} می‌کاهد.",
    ),
    "why_not": ("{person}, why not {post}:", "{person}, vì sao không vào {post}:", "{person}، چرا نه {post}:"),
    "why_barred": ("barred by {names}", "bị cấm theo {names}", "منع شده با {names}"),
    "why_no_score": ("no score was given for it", "không có điểm cho vị trí này", "امتیازی برای آن داده نشده است"),
    "why_fixed": ("put elsewhere by hand", "được chỉ định vào nơi khác", "با دست در جای دیگری گذاشته شده است"),
    "why_impossible": (
        "it cannot hold together with {names}",
        "không thể cùng đúng với {names}",
        "با {names} برقرار نمی‌شود",
    ),
    "why_worth": (
        "the placement would be worth {loss} less",
        "phương án sẽ giảm giá trị {loss}",
        "چینش {loss} کمتر می‌ارزید",
    ),
    "why_lot": ("worth the same; the lot decided", "giá trị bằng nhau; lá thăm quyết định", "هم‌ارزش؛ قرعه تصمیم گرفت"),
    "needs_score": ("with a score of {score} it would be so", "với điểm {score} thì sẽ vào", "با امتیاز {score} چنین می‌شد"),
    "needs_score_and_allowed": (
        "if it were allowed, a score of {score} would do",
        "nếu được phép, điểm {score} là đủ",
        "اگر مجاز بود، امتیاز {score} بس بود",
    ),
    "needs_holder": (
        "or if {person} did not stand for it",
        "hoặc nếu {person} không tham gia vị trí này",
        "یا اگر {person} داوطلب آن نبود",
    ),
    "needs_constraint": ("or without {name}", "hoặc nếu bỏ {name}", "یا بی {name}"),
    "would_move": (
        "then {person}: {before} → {after}",
        "khi đó {person}: {before} → {after}",
        "آنگاه {person}: از {before} به {after}",
    ),
    "not_proved": ("(not proved within the limit)", "(chưa chứng minh trong thời hạn)", "(در این زمان ثابت نشد)"),
    "fair": (
        "{kind} {code}: {placed} of {people} placed, first preference {first}, average distance {distance} km",
        "{kind} {code}: bố trí {placed}/{people}, đúng nguyện vọng một {first}, khoảng cách trung bình {distance} km",
        "{kind} {code}: {placed} از {people} جای گرفتند، ترجیح نخست {first}، فاصلهٔ میانگین {distance} کیلومتر",
    ),
    "nothing_better": (
        "{person} has no post that would be preferred.",
        "{person} không có vị trí nào mong muốn hơn.",
        "{person} پستی که ترجیح دهد ندارد.",
    ),
    "needs_facts": (
        "  {person} in {post}: only as far as is known; {articles} wait for facts.",
        "  {person} vào {post}: mới theo những gì đã biết; {articles} còn chờ thông tin.",
        "  {person} در {post}: تنها تا جایی که دانسته است؛ {articles} در انتظار داده‌اند.",
    ),
    "file_or_scenario": (
        "Name one: a FILE, --scenario NAME, --rotation CODE or --vacancies CODE.",
        "Hãy nêu một trong các mục: FILE, --scenario NAME, --rotation CODE hoặc --vacancies CODE.",
        "یکی را نام ببرید: FILE، یا --scenario NAME، یا --rotation CODE، یا --vacancies CODE.",
    ),
    "only_with_scenario": (
        "--lot, --not, --anew, --keep, --accept, --key, --on, --moves, --longest and --as ask the register, not a FILE.",
        "--lot, --not, --anew, --keep, --accept, --key, --on, --moves, --longest và --as dùng khi hỏi sổ đăng ký, không dùng với FILE.",
        "--lot و --not و --anew و --keep و --accept و --key و --on و --moves و --longest و --as پرسش از دفترند، نه از FILE.",
    ),
    "kept_by_hand": (
        "--fix, --not and --anew try something once; a kept proposal heeds the hands that were put on its page.",
        "--fix, --not và --anew chỉ thử một lần; đề xuất được lưu tính theo các chỉ định đã ghi trên trang.",
        "--fix و --not و --anew یک بار می‌آزمایند؛ پیشنهاد نگه‌داشته به دست‌هایی که در صفحه‌اش گذاشته شد پایبند است.",
    ),
    "moves": (
        "{moves} moves; worth {worth}; no set of moves is worth more than {bound}.",
        "{moves} lượt điều chuyển; giá trị {worth}; không phương án nào quá {bound}.",
        "{moves} جابه‌جایی؛ ارزش {worth}؛ هیچ مجموعه‌ای بیش از {bound} نمی‌ارزد.",
    ),
    "chain": ("Chain {number}:", "Chuỗi {number}:", "زنجیرهٔ {number}:"),
    "open_nobody": (
        "{post} stays vacant: of those considered the articles allow nobody",
        "{post} còn khuyết: không ai trong diện xem xét đủ điều kiện",
        "{post} خالی می‌ماند: از بررسی‌شدگان مواد به هیچ‌کس اجازه نمی‌دهند",
    ),
    "open_worth": (
        "{post} stays vacant: each move would cost more than it gives, or there would be too many",
        "{post} còn khuyết: mỗi lượt điều chuyển mất nhiều hơn được, hoặc vượt số lượt cho phép",
        "{post} خالی می‌ماند: هر جابه‌جایی بیش از سودش می‌کاهد، یا شمارشان از حد می‌گذرد",
    ),
    "kept": ("Kept as proposal {number}.", "Đã lưu thành đề xuất {number}.", "با شمارهٔ پیشنهاد {number} نگه داشته شد."),
    "case_opened": ("Case {number} was opened.", "Đã mở vụ việc {number}.", "پروندهٔ {number} باز شد."),
    "nobody": ("nowhere", "chưa có", "هیچ‌جا"),
    "name_cap": ("the cap ‘{what}’{articles}", "hạn mức ‘{what}’{articles}", "سقف «{what}»{articles}"),
    "name_forbidden": (
        "the bar on {what} together{articles}",
        "quy định {what} không được cùng nơi{articles}",
        "ممنوعیت با هم بودن {what}{articles}",
    ),
    "name_must": ("a place for {what}", "phải bố trí cho {what}", "جایی برای {what}"),
    "name_fixed": ("the hand that put {what}", "chỉ định đối với {what}", "گذاشتن {what} با دست"),
    "name_fill": ("the least number in {what}", "số tối thiểu ở {what}", "کمترین شمار در {what}"),
    "name_seats": ("the seats of {what}", "số chỗ của {what}", "صندلی‌های {what}"),
    "name_open": (
        "that {what} is given up before somebody follows",
        "việc {what} phải được nhường trước khi có người kế tiếp",
        "اینکه {what} پیش از آمدن جانشین واگذار شود",
    ),
    "name_article": ("the article {what}", "điều {what}", "مادهٔ {what}"),
}
SENTENCES: Mapping[str, Mapping[str, str]] = {
    key: dict(zip(LANGUAGES, said, strict=True)) for key, said in {**_ERRORS, **_WORDS, **_ANSWERS}.items()
}


def say(key: str, language: str, /, **args: object) -> str:
    """One sentence in a language (English where that one is not known); arguments that are Said are said in it too."""
    said = SENTENCES[key]
    places = {name: value.say(language) if isinstance(value, Said) else value for name, value in args.items()}
    return said.get(language, said["en"]).format(**places)


class Said:
    """A sentence that waits for its language."""

    def __init__(self, key: str, /, **args: object) -> None:
        self.key, self.args = key, args

    def say(self, language: str) -> str:
        return say(self.key, language, **self.args)


class Refused(ValueError):
    """A file that asks for no placement: `key` is the word for programs, `say` the sentence for people."""

    def __init__(self, key: str, /, **args: object) -> None:
        super().__init__(say(key, "en", **args))
        self.key, self.args_said = key, args

    def say(self, language: str) -> str:
        return say(self.key, language, **self.args_said)
