"""Sentences for conditions told in words: comparisons, dates, sums."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "words_eq": {"en": "{left} is {right}", "vi": "{left} là {right}", "fa": "{left}: {right}"},
    "words_ne": {"en": "{left} is not {right}", "vi": "{left} không phải là {right}", "fa": "{left} غیر از {right}"},
    "words_lt": {"en": "{left}: less than {right}", "vi": "{left}: dưới {right}", "fa": "{left}: کمتر از {right}"},
    "words_le": {"en": "{left}: at most {right}", "vi": "{left}: không quá {right}", "fa": "{left}: حداکثر {right}"},
    "words_gt": {"en": "{left}: more than {right}", "vi": "{left}: trên {right}", "fa": "{left}: بیش از {right}"},
    "words_ge": {"en": "{left}: at least {right}", "vi": "{left}: ít nhất {right}", "fa": "{left}: دست‌کم {right}"},
    "words_day_eq": {"en": "{left} is {right}", "vi": "{left} là {right}", "fa": "{left}: {right}"},
    "words_day_ne": {"en": "{left} is not {right}", "vi": "{left} không phải là {right}", "fa": "{left} غیر از {right}"},
    "words_day_lt": {"en": "{left}: before {right}", "vi": "{left}: trước {right}", "fa": "{left}: پیش از {right}"},
    "words_day_le": {"en": "{left}: by {right}", "vi": "{left}: chậm nhất {right}", "fa": "{left}: تا {right}"},
    "words_day_gt": {"en": "{left}: after {right}", "vi": "{left}: sau {right}", "fa": "{left}: پس از {right}"},
    "words_day_ge": {"en": "{left}: from {right} on", "vi": "{left}: từ {right} trở đi", "fa": "{left}: از {right} به بعد"},
    "words_in": {"en": "{left} is one of: {right}", "vi": "{left} là một trong: {right}", "fa": "{left} یکی از: {right}"},
    "words_not_in": {
        "en": "{left} is none of: {right}", "vi": "{left} không thuộc: {right}", "fa": "{left} هیچ‌یک از: {right}"
    },
    "words_has": {"en": "{right} has: {left}", "vi": "{right} có: {left}", "fa": "{right} شامل: {left}"},
    "words_has_not": {"en": "{right} does not have: {left}", "vi": "{right} không có: {left}", "fa": "{right} بدون: {left}"},
    "words_yes": {"en": "{left}: yes", "vi": "{left}: có", "fa": "{left}: آری"},
    "words_no": {"en": "{left}: no", "vi": "{left}: không", "fa": "{left}: نه"},
    "words_always": {"en": "in every case", "vi": "trong mọi trường hợp", "fa": "در هر حال"},
    "words_never": {"en": "in no case", "vi": "không trường hợp nào", "fa": "در هیچ حالی"},
    "words_and": {"en": " and ", "vi": " và ", "fa": " و "},
    "words_or": {"en": " or ", "vi": " hoặc ", "fa": " یا "},
    "words_where": {
        "en": "{then} where {when}, otherwise {other}",
        "vi": "{then} nếu {when}, nếu không thì {other}",
        "fa": "{then} اگر {when}، وگرنه {other}",
    },
    "words_months_since": {
        "en": "complete months since {day}", "vi": "số tháng tròn kể từ {day}", "fa": "ماه‌های کامل از {day}"
    },
    "words_years_since": {
        "en": "complete years since {day}", "vi": "số năm tròn kể từ {day}", "fa": "سال‌های کامل از {day}"
    },
    "words_months_between": {
        "en": "complete months from {first} to {last}",
        "vi": "số tháng tròn từ {first} đến {last}",
        "fa": "ماه‌های کامل از {first} تا {last}",
    },
    "words_min": {
        "en": "the lesser of {left} and {right}",
        "vi": "số nhỏ hơn giữa {left} và {right}",
        "fa": "کوچک‌تر از میان {left} و {right}",
    },
    "words_max": {
        "en": "the greater of {left} and {right}",
        "vi": "số lớn hơn giữa {left} và {right}",
        "fa": "بزرگ‌تر از میان {left} و {right}",
    },
    "words_mod": {
        "en": "what is left of {left} divided by {right}",
        "vi": "phần dư của {left} chia cho {right}",
        "fa": "باقی‌ماندهٔ {left} بر {right}",
    },
    "words_param_for": {"en": "{title} (for: {keys})", "vi": "{title} (theo: {keys})", "fa": "{title} (برای: {keys})"},
    "words_param_now": {"en": "{value} ({title})", "vi": "{value} ({title})", "fa": "{value} ({title})"},
}  # fmt: skip
