"""Sentences about one case: its file of facts, what is derived from them, and the command that asks."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "case_not_named": {
        "en": "Facts are written as names with values, such as person.sex: F; found something else.",
        "vi": "Dữ kiện được viết dạng tên kèm giá trị, ví dụ person.sex: F; gặp thứ khác.",
        "fa": "داده‌ها به شکل نام و مقدار نوشته می‌شوند، مانند person.sex: F؛ چیز دیگری یافت شد.",
    },
    "found_a_list": {"en": "a list", "vi": "một danh sách", "fa": "یک فهرست"},
    "found_names": {"en": "names with values", "vi": "các tên kèm giá trị", "fa": "نام‌ها با مقدار"},
    "facts_missing": {
        "en": "The file of facts ‘{name}’ cannot be read: {why}.",
        "vi": "Không đọc được tệp dữ kiện ‘{name}’: {why}.",
        "fa": "پروندهٔ داده‌های «{name}» خوانده نمی‌شود: {why}.",
    },
    "facts_empty": {
        "en": "‘{name}’ is empty. Write one fact a line, such as person.sex: F; for a case of which nothing is known, write {{}}.",
        "vi": "‘{name}’ trống. Hãy viết mỗi dòng một dữ kiện, ví dụ person.sex: F; nếu chưa biết gì về trường hợp này, hãy viết {{}}.",
        "fa": "«{name}» خالی است. در هر سطر یک داده بنویسید، مانند person.sex: F؛ اگر دربارهٔ مورد چیزی معلوم نیست، {{}} بنویسید.",
    },
    "people_empty": {
        "en": "‘{name}’ is empty. Its first line names the facts, such as person.sex,person.born; each further line is one person.",
        "vi": "‘{name}’ trống. Dòng đầu là tên các dữ kiện, ví dụ person.sex,person.born; mỗi dòng sau là một người.",
        "fa": "«{name}» خالی است. سطر نخست نام داده‌هاست، مانند person.sex,person.born؛ هر سطر پس از آن یک فرد است.",
    },
    "day_not_readable": {
        "en": "‘{found}’ is not a day; write it as 2025-07-01.",
        "vi": "‘{found}’ không phải là ngày; hãy viết như 2025-07-01.",
        "fa": "«{found}» روز نیست؛ به شکل 2025-07-01 بنویسید.",
    },
    "unit_unknown": {
        "en": "‘{found}’ ({name}) is not the code of any unit; codes look like 31, 31/11311 or old:31/303/11296.{hint}",
        "vi": "‘{found}’ ({name}) không phải mã của đơn vị nào; mã có dạng 31, 31/11311 hoặc old:31/303/11296.{hint}",
        "fa": "«{found}» ({name}) کد هیچ واحدی نیست؛ کدها مانند 31، 31/11311 یا old:31/303/11296 هستند.{hint}",
    },
    "derived_from": {
        "en": "derived from {facts}",
        "vi": "suy ra từ {facts}",
        "fa": "برگرفته از {facts}",
    },
    "derived_area": {
        "en": "derived from {facts}, followed through the lineage of units: the native place is now {now}",
        "vi": "suy ra từ {facts}, theo lịch sử đơn vị hành chính: quê quán nay thuộc {now}",
        "fa": "برگرفته از {facts}، با پیگیری تبار واحدها: زادگاه اکنون {now} است",
    },
    "folder_missing": {
        "en": "There is no ‘{name}’ here or in the rulebook {path}.",
        "vi": "Không có ‘{name}’ ở đây hay trong bộ quy định {path}.",
        "fa": "«{name}» نه اینجا هست و نه در کتاب مقررات {path}.",
    },
    "rulebook_counted": {
        "en": "{path}: {articles} articles, {facts} facts, {parameters} parameters; {problems} mistake(s).",
        "vi": "{path}: {articles} điều, {facts} dữ kiện, {parameters} tham số; {problems} lỗi.",
        "fa": "{path}: {articles} ماده، {facts} داده، {parameters} پارامتر؛ {problems} خطا.",
    },
    "mistakes_elsewhere": {
        "en": "{problems} mistake(s) more in other files of this rulebook, the first in {file}: check the whole.",
        "vi": "Còn {problems} lỗi trong các tệp khác của bộ quy định này, đầu tiên ở {file}: hãy kiểm tra toàn bộ.",
        "fa": "{problems} خطای دیگر در پرونده‌های دیگر این مجموعه هست، نخستین در {file}: همه را بررسی کنید.",
    },
    "examples_counted": {
        "en": "{examples} examples in {articles} articles; {failed} do not come out as written.",
        "vi": "{examples} ví dụ trong {articles} điều; {failed} ví dụ không cho kết quả như đã ghi.",
        "fa": "{examples} مثال در {articles} ماده؛ {failed} مثال مطابق نوشته درنمی‌آید.",
    },
    "people_missing": {
        "en": "The file of people ‘{name}’ cannot be read: {why}.",
        "vi": "Không đọc được tệp dữ liệu người ‘{name}’: {why}.",
        "fa": "پروندهٔ افراد «{name}» خوانده نمی‌شود: {why}.",
    },
    "proof_counted": {
        "en": "{pairs} pairs looked at in {seconds} s: {findings} finding(s), {new} of them not accepted.",
        "vi": "Đã xét {pairs} cặp trong {seconds} giây: {findings} phát hiện, trong đó {new} chưa được chấp nhận.",
        "fa": "{pairs} جفت در {seconds} ثانیه بررسی شد: {findings} یافته که {new} تای آن پذیرفته نشده است.",
    },
    "reader_missing": {
        "en": "This needs {package}, which is not installed: pip install {package}.",
        "vi": "Việc này cần {package} nhưng chưa được cài: pip install {package}.",
        "fa": "این کار به {package} نیاز دارد که نصب نیست: pip install {package}.",
    },
    "diff_undecided": {
        "en": "The solver gave up on a question about: {topics}. More may change there.",
        "vi": "Bộ giải đã bỏ cuộc ở một câu hỏi về: {topics}. Ở đó có thể còn thay đổi khác.",
        "fa": "حل‌گر در پرسشی درباره این‌ها به جایی نرسید: {topics}. شاید آنجا چیزهای دیگری هم تغییر کند.",
    },
}
