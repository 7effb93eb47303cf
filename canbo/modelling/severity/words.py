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
