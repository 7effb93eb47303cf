"""What severity has to say, a sentence in each language. This floor knows no gettext."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LANGUAGES = ("en", "vi", "fa")
SENTENCES: dict[str, Mapping[str, str]] = {
    "file_unreadable": {
        "en": "The ratings in {file} cannot be read: {why}. Give a CSV, Parquet or JSON file.",
        "vi": "Không đọc được phiếu đánh giá trong {file}: {why}. Hãy đưa tệp CSV, Parquet hoặc JSON.",
        "fa": "ارزیابی‌های {file} خوانده نشد: {why}. یک فایل CSV یا Parquet یا JSON بدهید.",
    },
    "file_empty": {
        "en": "The file holds no ratings.",
        "vi": "Tệp không có phiếu đánh giá nào.",
        "fa": "در این فایل هیچ ارزیابی‌ای نیست.",
    },
    "column_unknown": {
        "en": "There is no column {found}. Columns are: {known}.",
        "vi": "Không có cột {found}. Các cột là: {known}.",
        "fa": "ستون {found} شناخته نیست. ستون‌ها: {known}.",
    },
    "column_missing": {
        "en": "The column {name} is missing.",
        "vi": "Thiếu cột {name}.",
        "fa": "ستون {name} نیست.",
    },
    "scale_upside_down": {
        "en": "The scale goes from {low} to {high}. The lowest score must lie below the highest.",
        "vi": "Thang điểm từ {low} đến {high}. Điểm thấp nhất phải nhỏ hơn điểm cao nhất.",
        "fa": "مقیاس از {low} تا {high} است. کمترین نمره باید از بیشترین کمتر باشد.",
    },
    "scale_unreadable": {
        "en": "{found} is not a scale. Write it as 0-100.",
        "vi": "{found} không phải thang điểm. Hãy viết như 0-100.",
        "fa": "{found} مقیاس نیست. آن را مانند 0-100 بنویسید.",
    },
    "least_too_small": {
        "en": "Results from fewer than {floor} answers would show who answered what; {found} was asked for.",
        "vi": "Kết quả từ dưới {floor} phiếu sẽ lộ ai đã trả lời gì; yêu cầu là {found}.",
        "fa": "نتیجه از کمتر از {floor} پاسخ نشان می‌دهد چه کسی چه گفته است؛ {found} خواسته شده بود.",
    },
    "rate_unreadable": {
        "en": "A share of false alarms lies above 0 and below 1; {found} was asked for.",
        "vi": "Tỷ lệ báo động sai phải lớn hơn 0 và nhỏ hơn 1; yêu cầu là {found}.",
        "fa": "سهم هشدارهای نادرست باید بالای ۰ و زیر ۱ باشد؛ {found} خواسته شده بود.",
    },
    "cell_empty": {
        "en": "Row {row}: {name} is empty.",
        "vi": "Dòng {row}: {name} để trống.",
        "fa": "ردیف {row}: {name} خالی است.",
    },
    "score_unreadable": {
        "en": "Row {row}: the score “{found}” is not a number.",
        "vi": "Dòng {row}: điểm “{found}” không phải là số.",
        "fa": "ردیف {row}: نمرهٔ «{found}» عدد نیست.",
    },
    "score_outside": {
        "en": "Row {row}: the score {score} lies outside the scale from {low} to {high}.",
        "vi": "Dòng {row}: điểm {score} nằm ngoài thang điểm từ {low} đến {high}.",
        "fa": "ردیف {row}: نمرهٔ {score} بیرون از مقیاس {low} تا {high} است.",
    },
    "result_unreadable": {
        "en": "Row {row}: the result “{found}” is not a number.",
        "vi": "Dòng {row}: kết quả “{found}” không phải là số.",
        "fa": "ردیف {row}: نتیجهٔ «{found}» عدد نیست.",
    },
    "anonymous_unreadable": {
        "en": "Row {row}: anonymous is “{found}”. Write true or false.",
        "vi": "Dòng {row}: anonymous là “{found}”. Hãy viết true hoặc false.",
        "fa": "ردیف {row}: مقدار anonymous «{found}» است. true یا false بنویسید.",
    },
    "rates_self": {
        "en": "Row {row}: {person} rates themself. A self-assessment is no rating; leave it out.",
        "vi": "Dòng {row}: {person} tự đánh giá mình. Bản tự đánh giá không phải là phiếu đánh giá; hãy bỏ ra.",
        "fa": "ردیف {row}: {person} خود را ارزیابی کرده است. خودارزیابی، ارزیابی نیست؛ آن را کنار بگذارید.",
    },
    "rated_twice": {
        "en": "Row {row}: {rater} already rated {ratee} on this criterion in this period, in row {first}. Keep one of them.",
        "vi": "Dòng {row}: {rater} đã đánh giá {ratee} theo tiêu chí này trong kỳ này ở dòng {first}. Hãy giữ một dòng.",
        "fa": "ردیف {row}: {rater} در ردیف {first} همین معیار {ratee} را در همین دوره ارزیابی کرده است. یکی را نگه دارید.",
    },
    "body_twice": {
        "en": "Row {row}: {ratee} stands in two bodies in one period. Give the one in which the ratings were made.",
        "vi": "Dòng {row}: {ratee} thuộc hai cơ quan trong cùng một kỳ. Hãy ghi cơ quan nơi đánh giá.",
        "fa": "ردیف {row}: {ratee} در یک دوره در دو نهاد آمده است. نهادی را بنویسید که ارزیابی در آن انجام شده است.",
    },
    "result_twice": {
        "en": "Row {row}: {ratee} has two results in one period. Give one.",
        "vi": "Dòng {row}: {ratee} có hai kết quả trong cùng một kỳ. Hãy ghi một.",
        "fa": "ردیف {row}: {ratee} در یک دوره دو نتیجه دارد. یکی را بنویسید.",
    },
    "body_of_two": {
        "en": "Row {row}: an anonymous rating in {body}, where only two people rate or are rated: it cannot be anonymous there.",
        "vi": "Dòng {row}: phiếu ẩn danh tại {body}, nơi chỉ có hai người đánh giá hoặc được đánh giá: không thể ẩn danh.",
        "fa": "ردیف {row}: ارزیابی بی‌نام در {body} که تنها دو نفر در آن ارزیاب یا ارزیابی‌شونده‌اند: آنجا بی‌نام نمی‌ماند.",
    },
    "criteria_apart": {
        "en": "Nobody gave both {first} and {other} to one person, not even by way of other criteria: severity and criterion"
        " cannot be told apart. Put them into files of their own.",
        "vi": "Không ai chấm cả {first} và {other} cho cùng một người, kể cả qua tiêu chí khác: không tách được độ nghiêm khắc"
        " và tiêu chí. Hãy để vào các tệp riêng.",
        "fa": "هیچ‌کس {first} و {other} را با هم به یک نفر نداده است، حتی به واسطهٔ معیارهای دیگر: سخت‌گیری و معیار از هم"
        " جدا نمی‌شوند. آن‌ها را در فایل‌های جداگانه بگذارید.",
    },
    # ---- what was found
    "head": {
        "en": "{ratings} ratings of {ratees} ratees by {raters} raters, on a scale from {low} to {high}.",
        "vi": "{ratings} phiếu đánh giá cho {ratees} người, do {raters} người chấm, thang điểm từ {low} đến {high}.",
        "fa": "{ratings} ارزیابی از {ratees} نفر به دست {raters} ارزیاب، در مقیاس {low} تا {high}.",
    },
    "spread": {
        "en": "Severities lie {scatter} points apart (standard deviation), single ratings scatter by {noise}. Reliability {reliability}.",
        "vi": "Độ nghiêm khắc chênh nhau {scatter} điểm (độ lệch chuẩn), từng phiếu dao động {noise} điểm. Độ tin cậy {reliability}.",
        "fa": "سخت‌گیری‌ها {scatter} نمره از هم فاصله دارند (انحراف معیار)، هر ارزیابی {noise} نمره نوسان دارد. پایایی {reliability}.",
    },
    "not_applied": {
        "en": "Fair scores stand beside the given ones. None replaces a given score, and no grade follows from one.",
        "vi": "Điểm công bằng đặt bên cạnh điểm đã cho. Không điểm nào thay điểm đã cho, và không xếp loại theo điểm này.",
        "fa": "نمرهٔ منصفانه کنار نمرهٔ داده‌شده می‌آید. جای هیچ نمره‌ای را نمی‌گیرد و هیچ درجه‌ای از آن برنمی‌آید.",
    },
    "closer": {
        "en": "The fair score is the surer one for {fair} of {known} ratees; for any others it adds more noise than it takes away.",
        "vi": "Điểm công bằng chắc hơn với {fair} trong {known} người; với người còn lại (nếu có), nó thêm nhiễu nhiều hơn bớt đi.",
        "fa": "نمرهٔ منصفانه برای {fair} نفر از {known} نفر مطمئن‌تر است؛ برای هر کس دیگر بیش از آنچه بکاهد خطا می‌افزاید.",
    },
    "groups_apart": {
        "en": "{groups} groups have nobody in common: severities and fair scores are comparable within a group only.",
        "vi": "{groups} nhóm không có ai chung: độ nghiêm khắc và điểm công bằng chỉ so sánh được trong cùng nhóm.",
        "fa": "{groups} گروه هیچ‌کس مشترکی ندارند: سخت‌گیری و نمرهٔ منصفانه تنها درون یک گروه سنجیدنی است.",
    },
    "group": {
        "en": "Group {number}: {raters} raters, {ratees} ratees: {members}",
        "vi": "Nhóm {number}: {raters} người chấm, {ratees} người được chấm: {members}",
        "fa": "گروه {number}: {raters} ارزیاب، {ratees} ارزیابی‌شونده: {members}",
    },
    "withheld": {
        "en": "Of {raters} raters and {ratees} ratees nothing is said: fewer than {least} answers, or nobody to compare with.",
        "vi": "Không nêu gì về {raters} người chấm và {ratees} người được chấm: dưới {least} phiếu, hoặc không có ai để so sánh.",
        "fa": "دربارهٔ {raters} ارزیاب و {ratees} ارزیابی‌شونده چیزی گفته نمی‌شود: کمتر از {least} پاسخ، یا کسی برای سنجش نیست.",
    },
    "unknown": {"en": "unknown", "vi": "chưa rõ", "fa": "نامعلوم"},
    "too_few": {"en": "too few answers", "vi": "quá ít phiếu", "fa": "پاسخ‌ها بسیار کم"},
    "alone": {"en": "nobody to compare with", "vi": "không có ai để so sánh", "fa": "کسی برای سنجش نیست"},
    "no_noise": {
        "en": "too few links to say how sure",
        "vi": "quá ít liên kết để biết mức chắc chắn",
        "fa": "پیوندها برای سنجش اطمینان کم‌اند",
    },
    "rater": {"en": "Rater", "vi": "Người chấm", "fa": "ارزیاب"},
    "ratee": {"en": "Ratee", "vi": "Người được chấm", "fa": "ارزیابی‌شونده"},
    "period": {"en": "Period", "vi": "Kỳ", "fa": "دوره"},
    "severity": {"en": "Severity", "vi": "Độ nghiêm khắc", "fa": "سخت‌گیری"},
    "given": {"en": "Given", "vi": "Đã cho", "fa": "داده‌شده"},
    "fair": {"en": "Fair", "vi": "Công bằng", "fa": "منصفانه"},
    "answers": {"en": "Answers", "vi": "Số phiếu", "fa": "پاسخ‌ها"},
    "and_more": {
        "en": "… and {number} more; all with --json.",
        "vi": "… và {number} dòng nữa; xem tất cả bằng --json.",
        "fa": "… و {number} مورد دیگر؛ همه با --json.",
    },
    # ---- questions, never verdicts
    "questions": {
        "en": "Questions: {number}. None is a verdict; each may have an explanation that does nobody harm. At most {rate} of the rings, and of"
        " the inflated bodies, are false alarms on average; copied texts are measured, not estimated.",
        "vi": "Câu hỏi: {number}. Không câu nào là kết luận; câu nào cũng có thể có lý do chính đáng. Trung bình không quá {rate} số"
        " vòng và số cơ quan nâng điểm là báo động sai; văn bản trùng là đo được, không phải ước lượng.",
        "fa": "پرسش‌ها: {number}. هیچ‌یک حکم نیست و هر یک می‌تواند دلیلی بی‌زیان داشته باشد. به‌طور میانگین حداکثر {rate} از حلقه‌ها و"
        " از نهادهای گشاده‌دست هشدار نادرست است؛ متن‌های همسان اندازه‌گیری شده‌اند، نه برآورد.",
    },
    "no_questions": {
        "en": "No questions: no ring, no inflated body and no copied text stands out.",
        "vi": "Không có câu hỏi: không có vòng, cơ quan nâng điểm hay văn bản trùng nào nổi bật.",
        "fa": "پرسشی نیست: هیچ حلقه، نهاد گشاده‌دست یا متن همسانی به چشم نمی‌آید.",
    },
    "ring": {
        "en": "Why do {people} score one another {excess} points higher than others' ratings lead to expect ({pairs} mutual ratings)?",
        "vi": "Vì sao {people} chấm cho nhau cao hơn {excess} điểm so với mức suy ra từ phiếu của người khác ({pairs} phiếu qua lại)?",
        "fa": "چرا {people} به یکدیگر {excess} نمره بیش از آنچه از ارزیابی دیگران برمی‌آید داده‌اند ({pairs} ارزیابی دوسویه)؟",
    },
    "ring_alone": {
        "en": "Why do {people} score one another so high ({pairs} mutual ratings), with nobody outside to compare with?",
        "vi": "Vì sao {people} chấm cho nhau cao như vậy ({pairs} phiếu qua lại), mà không có ai bên ngoài để so sánh?",
        "fa": "چرا {people} به یکدیگر چنین نمرهٔ بالایی داده‌اند ({pairs} ارزیابی دوسویه) و کسی بیرون برای سنجش نیست؟",
    },
    "inflation_links": {
        "en": "Why do raters in {body} give {given} where raters whom they are linked with would give {expected} (± {error})?",
        "vi": "Vì sao người chấm ở {body} cho {given} trong khi những người chấm có liên kết sẽ cho {expected} (± {error})?",
        "fa": "چرا ارزیابان {body} نمرهٔ {given} می‌دهند، در حالی که ارزیابان پیوسته به آنان {expected} می‌دادند (± {error})؟",
    },
    "inflation_results": {
        "en": "Why is the mean score in {body} {given}, where bodies of like results ({result}) have {expected} (± {error})?",
        "vi": "Vì sao điểm trung bình ở {body} là {given}, trong khi cơ quan có kết quả tương tự ({result}) đạt {expected} (± {error})?",
        "fa": "چرا میانگین نمره در {body} {given} است، در حالی که نهادهایی با نتیجهٔ همانند ({result}) {expected} دارند (± {error})؟",
    },
    "overlooked": {
        "en": "Is {person} overlooked? The result of the work is {result} (middle of the body {middle}), the mean mark {given}, where"
        " colleagues with such results have {expected} (± {error}); without the severity of who marked it is {fair}.",
        "vi": "{person} có bị đánh giá thấp hơn kết quả không? Kết quả công việc {result} (mức giữa của cơ quan {middle}), điểm trung bình"
        " {given}, trong khi đồng nghiệp có kết quả như vậy đạt {expected} (± {error}); bỏ độ nghiêm khắc của người chấm là {fair}.",
        "fa": "آیا {person} نادیده مانده است؟ نتیجهٔ کار {result} است (میانهٔ نهاد {middle})، میانگین نمره {given}، در حالی که همکارانی با"
        " چنین نتیجه‌ای {expected} دارند (± {error})؛ بدون سخت‌گیری ارزیابان {fair} می‌شود.",
    },
    "copies_one": {
        "en": "Why has {rater} nearly the same justification for {ratees} people?",
        "vi": "Vì sao {rater} dùng gần như cùng một lời nhận xét cho {ratees} người?",
        "fa": "چرا {rater} برای {ratees} نفر توضیحی کمابیش یکسان نوشته است؟",
    },
    "copies_many": {
        "en": "Why do {raters} raters use nearly the same justification for {ratees} people?",
        "vi": "Vì sao {raters} người chấm dùng gần như cùng một lời nhận xét cho {ratees} người?",
        "fa": "چرا {raters} ارزیاب برای {ratees} نفر توضیحی کمابیش یکسان نوشته‌اند؟",
    },
    "stock": {
        "en": "{number} texts are templates that many use; they are no question about anybody.",
        "vi": "{number} lời nhận xét là mẫu nhiều người dùng; không phải câu hỏi về ai.",
        "fa": "{number} متن الگویی است که بسیاری به کار می‌برند؛ پرسشی دربارهٔ کسی نیست.",
    },
    "anonymous_left_out": {
        "en": "{number} anonymous ratings count for severities, but nobody is asked about them as a ring or a copy.",
        "vi": "{number} phiếu ẩn danh được tính vào độ nghiêm khắc, nhưng không dùng để hỏi về vòng hay văn bản trùng.",
        "fa": "{number} ارزیابی بی‌نام در سخت‌گیری به شمار می‌آید، اما دربارهٔ حلقه یا همسانی آن‌ها از کسی پرسیده نمی‌شود.",
    },
}


@dataclass(frozen=True)
class Said:
    """A sentence by its key, and what fills its places."""

    key: str
    args: Mapping[str, object] = field(default_factory=dict)

    def __init__(self, key: str, **args: object) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "args", args)

    def say(self, language: str = "en") -> str:
        """The sentence in that language."""
        return SENTENCES[self.key][language].format(**self.args)
