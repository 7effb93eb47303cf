"""Every sentence of the rules floor, by its key, in English, Vietnamese and (for answers) Persian.

Errors are for those who write articles: English and Vietnamese. Answers are for everyone: Persian
as well. Places in braces are filled by canbo.rules.words.
"""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    # ---- answers
    "word_allowed": {"en": "Allowed", "vi": "Đủ điều kiện", "fa": "مجاز"},
    "word_refused": {"en": "Refused", "vi": "Không đủ điều kiện", "fa": "رد"},
    "word_incomplete": {
        "en": "Cannot be concluded yet",
        "vi": "Chưa kết luận được",
        "fa": "هنوز نمی‌توان نتیجه گرفت",
    },
    "usual_not_applicable": {
        "en": "This article does not apply to this case.",
        "vi": "Điều này không áp dụng cho trường hợp này.",
        "fa": "این ماده دربارهٔ این مورد اعمال نمی‌شود.",
    },
    "usual_not_granted": {
        "en": "No such exception holds in this case.",
        "vi": "Trường hợp này không có ngoại lệ nào như vậy.",
        "fa": "در این مورد چنین استثنایی برقرار نیست.",
    },
    "usual_unknown": {
        "en": "It cannot be told: facts are missing.",
        "vi": "Chưa xác định được: còn thiếu dữ kiện.",
        "fa": "معلوم نیست: داده‌ها ناقص است.",
    },
    "usual_pass": {"en": "The condition is met.", "vi": "Đáp ứng điều kiện.", "fa": "شرط برآورده است."},
    "usual_fail": {
        "en": "The condition is not met.",
        "vi": "Không đáp ứng điều kiện.",
        "fa": "شرط برآورده نیست.",
    },
    "usual_value": {"en": "Worked out.", "vi": "Đã tính được.", "fa": "محاسبه شد."},
    "lifted_by": {
        "en": "Does not apply here, because of “{title}” ({cite}).",
        "vi": "Không áp dụng ở đây theo “{title}” ({cite}).",
        "fa": "به موجب «{title}» ({cite}) در اینجا اعمال نمی‌شود.",
    },
    "no_article_in_force": {
        "en": "No article on “{topic}” is in force on {on}, so nothing can be concluded.",
        "vi": "Không có điều nào về “{topic}” có hiệu lực vào ngày {on} nên không thể kết luận.",
        "fa": "در {on} هیچ ماده‌ای دربارهٔ «{topic}» جاری نیست؛ نتیجه‌ای نمی‌توان گرفت.",
    },
    "becomes_met_on": {
        "en": "Met from {day}.",
        "vi": "Đáp ứng từ ngày {day}.",
        "fa": "از {day} برآورده می‌شود.",
    },
    "met_until": {
        "en": "Met until {day}, and no longer from the day after.",
        "vi": "Đáp ứng đến hết ngày {day}, sau đó không còn.",
        "fa": "تا {day} برآورده است و از روز بعد دیگر نه.",
    },
    "would_be_met_if": {
        "en": "Would be met if {fact}: {value}.",
        "vi": "Sẽ đáp ứng nếu {fact}: {value}.",
        "fa": "برآورده می‌شود اگر {fact}: {value}.",
    },
    "would_be_met_by": {
        "en": "Would be met if {fact}: {value} (decided by: {by}).",
        "vi": "Sẽ đáp ứng nếu {fact}: {value} (thẩm quyền: {by}).",
        "fa": "برآورده می‌شود اگر {fact}: {value} (مرجع تصمیم: {by}).",
    },
    "limit_or_later": {
        "en": "The limit is {fact}: {value} or later.",
        "vi": "Mốc giới hạn là {fact}: {value} trở về sau.",
        "fa": "حد مجاز {fact}: {value} یا پس از آن.",
    },
    "limit_or_earlier": {
        "en": "The limit is {fact}: {value} or earlier.",
        "vi": "Mốc giới hạn là {fact}: {value} trở về trước.",
        "fa": "حد مجاز {fact}: {value} یا پیش از آن.",
    },
    "year_only_first_of_january": {
        "en": "Only the year of birth ({year}) is recorded, so by law 1 January of that year is used.",
        "vi": "Hồ sơ chỉ ghi năm sinh ({year}) nên theo quy định lấy ngày 01 tháng 01 của năm đó.",
        "fa": "تنها سال تولد ({year}) ثبت شده است؛ طبق قانون اول ژانویهٔ همان سال مبنا است.",
    },
    "born_before_table": {
        "en": "“{name}” decides for births from {first}; a person born {born} reached the age before the table begins.",
        "vi": "“{name}” áp dụng cho người sinh từ {first}; người sinh {born} đã đủ tuổi trước khi bảng này bắt đầu.",
        "fa": "«{name}» برای متولدان {first} به بعد است؛ متولد {born} پیش از آغاز جدول به سن رسیده است.",
    },
    "outside_table": {
        "en": "“{name}” says nothing about {on}: it runs from {since} to {until}.",
        "vi": "“{name}” không quy định cho ngày {on}: chỉ áp dụng từ {since} đến {until}.",
        "fa": "«{name}» دربارهٔ {on} چیزی نمی‌گوید: از {since} تا {until} است.",
    },
    "no_such_key": {
        "en": "“{name}” has no figure for {key}.",
        "vi": "“{name}” không có số liệu cho {key}.",
        "fa": "«{name}» برای {key} رقمی ندارد.",
    },
    "not_known": {"en": "not known", "vi": "chưa rõ", "fa": "نامعلوم"},
    "yes": {"en": "yes", "vi": "có", "fa": "بله"},
    "no": {"en": "no", "vi": "không", "fa": "خیر"},
    "count_months": {"en": "{number} month{s}", "vi": "{number} tháng", "fa": "{number} ماه"},
    "count_months_long": {
        "en": "{years} years {months} months ({number} months)",
        "vi": "{years} năm {months} tháng ({number} tháng)",
        "fa": "{years} سال و {months} ماه ({number} ماه)",
    },
    "count_years": {"en": "{number} year{s}", "vi": "{number} năm", "fa": "{number} سال"},
    "count_days": {"en": "{number} day{s}", "vi": "{number} ngày", "fa": "{number} روز"},
    "number_percent": {"en": "{number} %", "vi": "{number} %", "fa": "{number} ٪"},
    "number_dong": {"en": "{number} đồng", "vi": "{number} đồng", "fa": "{number} دونگ"},
    "number_points": {"en": "{number} points", "vi": "{number} điểm", "fa": "{number} امتیاز"},
    "number_votes": {"en": "{number} votes", "vi": "{number} phiếu", "fa": "{number} رأی"},
    "number_posts": {"en": "{number} posts", "vi": "{number} chức danh", "fa": "{number} پست"},
    "count_people": {"en": "{number} people", "vi": "{number} người", "fa": "{number} نفر"},
    "reason_not_recorded": {"en": "not recorded", "vi": "chưa có trong hồ sơ", "fa": "ثبت نشده"},
    "reason_unconfirmed": {
        "en": "recorded but not confirmed",
        "vi": "có ghi nhưng chưa xác nhận",
        "fa": "تأیید نشده",
    },
    "reason_disputed": {"en": "disputed", "vi": "đang có ý kiến khác nhau", "fa": "مورد اختلاف"},
    "reason_stale": {"en": "out of date", "vi": "đã quá cũ", "fa": "کهنه"},
    "reason_imprecise": {
        "en": "not known precisely enough",
        "vi": "chưa đủ chính xác",
        "fa": "نه چندان دقیق",
    },
    "reason_source_down": {
        "en": "the source does not answer",
        "vi": "nguồn không phản hồi",
        "fa": "منبع پاسخ نمی‌دهد",
    },
    # ---- reading an expression
    "a_value": {
        "en": "a fact, a number, a word in quotes or ‘(’",
        "vi": "một dữ kiện, số, từ trong dấu nháy hoặc ‘(’",
    },
    "found_expected": {"en": "Found ‘{found}’, expected {expected}.", "vi": "Gặp ‘{found}’, cần {expected}."},
    "ends_too_soon": {
        "en": "The expression ends too soon: expected {expected}.",
        "vi": "Biểu thức kết thúc quá sớm: cần {expected}.",
    },
    "write_instead": {
        "en": "Found ‘{found}’; write ‘{instead}’.",
        "vi": "Gặp ‘{found}’; hãy viết ‘{instead}’.",
    },
    "sign_unknown": {
        "en": "The sign ‘{found}’ has no meaning here.",
        "vi": "Ký hiệu ‘{found}’ không có nghĩa ở đây.",
    },
    "quotes_bent": {
        "en": "The quotes ‘{found}’ are those of a word processor; write straight ones: ' or \".",
        "vi": "Dấu nháy ‘{found}’ là của phần mềm soạn thảo; hãy viết dấu nháy thẳng: ' hoặc \".",
        "fa": "گیومهٔ «{found}» از واژه‌پرداز است؛ گیومهٔ راست بنویسید: ' یا \".",
    },
    "letters_plain": {
        "en": "Names have plain letters only (a to z): found ‘{found}’, perhaps ‘{plain}’.",
        "vi": "Tên chỉ gồm chữ cái không dấu (a đến z): gặp ‘{found}’, có lẽ là ‘{plain}’.",
        "fa": "نام‌ها تنها حروف ساده (a تا z) دارند: «{found}» آمده است، شاید «{plain}».",
    },
    "text_not_closed": {
        "en": "The text that begins here is not closed: expected another {quote} on the same line.",
        "vi": "Chuỗi bắt đầu ở đây chưa đóng: cần thêm dấu {quote} trên cùng dòng.",
    },
    "comparisons_in_a_row": {
        "en": "Comparisons cannot follow one another (found ‘{found}’): join two of them with &&.",
        "vi": "Không thể so sánh nối tiếp (gặp ‘{found}’): hãy nối hai phép so sánh bằng &&.",
    },
    "expression_too_long": {
        "en": "The expression has {found} characters; the limit is {limit}. Divide it into steps.",
        "vi": "Biểu thức có {found} ký tự; giới hạn là {limit}. Hãy chia thành các bước.",
    },
    "nested_too_deep": {
        "en": "More than {limit} levels within each other. Divide the expression into steps.",
        "vi": "Lồng nhau quá {limit} tầng. Hãy chia biểu thức thành các bước.",
    },
    "list_only_after_in": {
        "en": "A list may stand only after ‘in’.",
        "vi": "Danh sách chỉ được đứng sau ‘in’.",
    },
    "list_of_literals": {
        "en": "A list holds only words in quotes, numbers and dates, not facts or sums.",
        "vi": "Danh sách chỉ gồm từ trong dấu nháy, số và ngày; không gồm dữ kiện hay phép tính.",
    },
    "list_empty": {
        "en": "The list is empty: nothing could be in it.",
        "vi": "Danh sách rỗng: không gì thuộc về nó.",
    },
    "whole_numbers_only": {
        "en": "Found {found}; only whole numbers are used. Write it in the smaller unit (months, đồng).",
        "vi": "Gặp {found}; chỉ dùng số nguyên. Hãy viết theo đơn vị nhỏ hơn (tháng, đồng).",
    },
    "number_too_large": {"en": "The number {found} is too large.", "vi": "Số {found} quá lớn."},
    "no_null": {
        "en": "There is no ‘null’: a fact that is not known is left unknown by itself.",
        "vi": "Không có ‘null’: dữ kiện chưa biết tự nó là chưa biết.",
    },
    "bare_name": {
        "en": "Found ‘{found}’ alone; a fact has two parts (person.sex), a word stands in quotes ('F').",
        "vi": "Gặp ‘{found}’ đứng một mình; dữ kiện có hai phần (person.sex), từ phải trong dấu nháy ('F').",
    },
    "no_such_call": {
        "en": "‘{found}’ is not possible: only param.name(…) takes parentheses, and names have two parts.",
        "vi": "‘{found}’ không hợp lệ: chỉ param.tên(…) có ngoặc, và tên có hai phần.",
    },
    "param_needs_parentheses": {
        "en": "The parameter ‘{name}’ needs parentheses, even where it takes nothing: param.{name}().",
        "vi": "Tham số ‘{name}’ cần dấu ngoặc, kể cả khi không có đối số: param.{name}().",
    },
    "function_unknown": {
        "en": "There is no function ‘{found}’; there are: {known}.",
        "vi": "Không có hàm ‘{found}’; chỉ có: {known}.",
    },
    "wrong_count": {
        "en": "‘{name}’ takes {expected} value(s), found {found}.",
        "vi": "‘{name}’ nhận {expected} giá trị, gặp {found}.",
    },
    "date_needs_text": {
        "en": "A date is written as date('2026-01-31').",
        "vi": "Ngày được viết là date('2026-01-31').",
    },
    "date_not_a_day": {
        "en": "‘{found}’ is not a day of the calendar; expected year-month-day, such as 2026-01-31.",
        "vi": "‘{found}’ không phải là ngày có thật; cần năm-tháng-ngày, ví dụ 2026-01-31.",
    },
    "date_not_readable": {
        "en": "‘{found}’ is not a date; expected YYYY-MM-DD, or YYYY-MM or YYYY where less is known.",
        "vi": "‘{found}’ không phải là ngày; cần YYYY-MM-DD, hoặc YYYY-MM hay YYYY nếu chỉ biết chừng đó.",
        "fa": "«{found}» تاریخ نیست؛ YYYY-MM-DD، یا جایی که کمتر دانسته است YYYY-MM یا YYYY بنویسید.",
    },
    # ---- types
    "type_bool": {"en": "yes or no", "vi": "có hoặc không", "fa": "آری یا نه"},
    "type_int": {"en": "a number", "vi": "một số", "fa": "یک عدد"},
    "type_enum": {"en": "one of the fact's words", "vi": "một trong các từ của dữ kiện", "fa": "یکی از واژه‌های آن داده"},
    "type_date": {"en": "a date", "vi": "một ngày", "fa": "یک تاریخ"},
    "type_text": {"en": "a word", "vi": "một từ", "fa": "یک واژه"},
    "type_set": {"en": "a list", "vi": "một danh sách", "fa": "یک فهرست"},
    "type_list": {"en": "a list of words", "vi": "một danh sách các từ", "fa": "فهرستی از واژه‌ها"},
    "type_with_unit": {"en": "{name} of {unit}", "vi": "{name} {unit}", "fa": "{name} به {unit}"},
    "unit_months": {"en": "months", "vi": "tháng", "fa": "ماه"},
    "unit_years": {"en": "years", "vi": "năm", "fa": "سال"},
    "unit_days": {"en": "days", "vi": "ngày", "fa": "روز"},
    "unit_people": {"en": "people", "vi": "người", "fa": "نفر"},
    "unit_dong": {"en": "đồng", "vi": "đồng", "fa": "دونگ"},
    "unit_percent": {"en": "per cent", "vi": "phần trăm", "fa": "درصد"},
    "unit_points": {"en": "points", "vi": "điểm", "fa": "امتیاز"},
    "unit_coefficient": {"en": "coefficient", "vi": "hệ số", "fa": "ضریب"},
    "unit_votes": {"en": "votes", "vi": "phiếu", "fa": "رأی"},
    "unit_posts": {"en": "posts", "vi": "chức danh", "fa": "پست"},
    "unit_units": {"en": "bodies", "vi": "cơ quan, đơn vị", "fa": "نهاد"},
    "unit_products": {"en": "products", "vi": "sản phẩm", "fa": "فرآورده"},
    "unit_grade": {"en": "grades", "vi": "bậc", "fa": "درجه"},
    "did_you_mean": {"en": " Did you mean ‘{name}’?", "vi": " Có phải là ‘{name}’?", "fa": " آیا منظور «{name}» است؟"},
    "fact_unknown": {
        "en": "There is no fact ‘{name}’ in facts.yaml.{hint}",
        "vi": "Không có dữ kiện ‘{name}’ trong facts.yaml.{hint}",
        "fa": "داده‌ای به نام «{name}» در facts.yaml نیست.{hint}",
    },
    "step_unknown": {
        "en": "There is no step ‘{name}’ above this place in the article.{hint}",
        "vi": "Không có bước ‘{name}’ ở phía trên trong điều này.{hint}",
    },
    "param_unknown": {
        "en": "There is no parameter ‘{name}’ in parameters/.{hint}",
        "vi": "Không có tham số ‘{name}’ trong parameters/.{hint}",
    },
    "other_type": {"en": "Found {found}, expected {expected}.", "vi": "Gặp {found}, cần {expected}."},
    "types_differ": {
        "en": "{left} and {right} cannot be compared or combined.",
        "vi": "Không thể so sánh hay kết hợp {left} với {right}.",
    },
    "units_differ": {
        "en": "{left} and {right} are different units.{hint}",
        "vi": "{left} và {right} là hai đơn vị khác nhau.{hint}",
    },
    "twelve_months": {
        "en": " Use months on both sides: months_since(…) >= 12 * years.",
        "vi": " Hãy dùng tháng ở cả hai vế: months_since(…) >= 12 * số năm.",
    },
    "word_never": {
        "en": "It can never be ‘{found}’; possible are: {known}.{hint}",
        "vi": "Không bao giờ là ‘{found}’; chỉ có thể là: {known}.{hint}",
    },
    "no_order": {
        "en": "{found} has no order: < and > do not apply; list the words with in […].",
        "vi": "{found} không có thứ tự: không dùng < và >; hãy liệt kê bằng in […].",
    },
    "sets_only_in": {"en": "A list is asked only with ‘in’.", "vi": "Danh sách chỉ được hỏi bằng ‘in’."},
    "in_needs_list": {
        "en": "After ‘in’ stands a list in brackets or a fact that is a list.",
        "vi": "Sau ‘in’ phải là danh sách trong ngoặc vuông hoặc dữ kiện dạng danh sách.",
    },
    "dates_not_subtracted": {
        "en": "Dates are not added or subtracted; use months_between(from, to).",
        "vi": "Không cộng trừ ngày; hãy dùng months_between(từ, đến).",
    },
    "constant_times": {
        "en": "A product needs a plain number on one side, so that every article stays decidable.",
        "vi": "Phép nhân cần một vế là số, để mọi điều luôn quyết định được.",
    },
    "division_by_zero": {"en": "Nothing is divided by 0.", "vi": "Không chia cho 0."},
    "element_needs_number": {
        "en": "An element is asked by its number, such as {name}[0] for the newest; found ‘{found}’.",
        "vi": "Phần tử được hỏi bằng số thứ tự, ví dụ {name}[0] là mới nhất; gặp ‘{found}’.",
    },
    "list_needs_element": {
        "en": "‘{name}’ is a list: ask for one element, from {name}[0] (the newest) to {name}[{most}].",
        "vi": "‘{name}’ là danh sách: hãy hỏi từng phần tử, từ {name}[0] (mới nhất) đến {name}[{most}].",
    },
    # ---- facts handed over
    "too_many_places": {
        "en": "The fact ‘{name}’ was given as {found}; it has at most {places} decimal places.",
        "vi": "Dữ kiện ‘{name}’ được đưa vào là {found}; chỉ có tối đa {places} chữ số thập phân.",
        "fa": "داده «{name}» به شکل {found} داده شده است؛ دست بالا {places} رقم اعشار دارد.",
    },
    "fact_of_other_type": {
        "en": "The fact ‘{name}’ was given as {found}; expected {expected}.",
        "vi": "Dữ kiện ‘{name}’ được đưa vào là {found}; cần {expected}.",
        "fa": "داده «{name}» به شکل {found} داده شده است؛ باید {expected} باشد.",
    },
    "out_of_range": {
        "en": "The fact ‘{name}’ was given as {found}, outside {low} to {high}.",
        "vi": "Dữ kiện ‘{name}’ được đưa vào là {found}, ngoài khoảng {low} đến {high}.",
        "fa": "داده «{name}» به شکل {found} داده شده است، بیرون از {low} تا {high}.",
    },
    "reason_unknown": {
        "en": "‘{found}’ is no reason for not knowing; there are: {known}.",
        "vi": "‘{found}’ không phải là lý do chưa biết; chỉ có: {known}.",
    },
    "topic_unknown": {
        "en": "No article decides on ‘{name}’; there are: {known}.{hint}",
        "vi": "Không có điều nào về ‘{name}’; chỉ có: {known}.{hint}",
        "fa": "هیچ ماده‌ای دربارهٔ «{name}» تصمیم نمی‌گیرد؛ این‌ها هست: {known}.{hint}",
    },
    "value_unknown": {
        "en": "No article gives a figure named ‘{name}’; there are: {known}.{hint}",
        "vi": "Không có điều nào cho số liệu ‘{name}’; chỉ có: {known}.{hint}",
        "fa": "هیچ ماده‌ای رقمی به نام «{name}» نمی‌دهد؛ این‌ها هست: {known}.{hint}",
    },
    "value_not_in_force": {
        "en": "No article that gives ‘{name}’ is in force on {on}.",
        "vi": "Không có điều nào cho ‘{name}’ có hiệu lực vào ngày {on}.",
        "fa": "هیچ ماده‌ای که «{name}» را بدهد در {on} جاری نیست.",
    },
    "wrong_keys": {
        "en": "The parameter ‘{name}’ is asked by {expected}, found {found}.",
        "vi": "Tham số ‘{name}’ được hỏi theo {expected}, gặp {found}.",
    },
    # ---- files of the rulebook
    "kind_mapping": {"en": "names with values (name: value)", "vi": "các tên kèm giá trị (tên: giá trị)"},
    "kind_list": {"en": "a list (lines that begin with -)", "vi": "một danh sách (các dòng bắt đầu bằng -)"},
    "kind_text": {"en": "words", "vi": "chữ"},
    "kind_number": {"en": "a whole number", "vi": "số nguyên"},
    "kind_day": {"en": "a day such as 2026-01-31", "vi": "ngày, ví dụ 2026-01-31"},
    "file_not_utf8": {
        "en": "The file is not UTF-8; save it as UTF-8.",
        "vi": "Tệp không phải UTF-8; hãy lưu lại dạng UTF-8.",
        "fa": "پرونده UTF-8 نیست؛ به شکل UTF-8 ذخیره کنید.",
    },
    "file_too_large": {
        "en": "The file has {found} characters; the limit is {limit}. One file holds one article.",
        "vi": "Tệp có {found} ký tự; giới hạn là {limit}. Mỗi tệp chỉ chứa một điều.",
    },
    "file_missing": {"en": "{name} is missing.", "vi": "Thiếu {name}."},
    "file_empty": {
        "en": "The file is empty. An article begins with its name: id: …",
        "vi": "Tệp trống. Một điều bắt đầu bằng tên của nó: id: …",
        "fa": "پرونده خالی است. هر ماده با نام خود آغاز می‌شود: id: …",
    },
    "tab_found": {
        "en": "A tab stands here; use spaces.",
        "vi": "Ở đây có ký tự tab; hãy dùng dấu cách.",
        "fa": "اینجا نویسهٔ جدول‌بندی (tab) آمده است؛ فاصله بگذارید.",
    },
    "yaml_not_readable": {
        "en": "The file cannot be read here ({found}); look for a missing colon, quote or space at the line's start.",
        "vi": "Không đọc được tệp ở đây ({found}); hãy xem thiếu dấu hai chấm, dấu nháy hay khoảng trắng đầu dòng.",
        "fa": "پرونده اینجا خوانده نمی‌شود ({found})؛ به دنبال دونقطه، گیومه یا فاصلهٔ جاافتاده در آغاز سطر بگردید.",
    },
    "key_not_a_word": {"en": "A name must be a single word.", "vi": "Tên phải là một từ.", "fa": "نام باید یک واژه باشد."},
    "key_twice": {
        "en": "‘{name}’ is given twice; keep one.",
        "vi": "‘{name}’ được khai hai lần; hãy giữ một.",
        "fa": "«{name}» دو بار آمده است؛ یکی را نگه دارید.",
    },
    "entry_missing": {"en": "‘{name}’ is missing in {where}.", "vi": "Thiếu ‘{name}’ trong {where}."},
    "entry_unknown": {
        "en": "‘{name}’ is not an entry here; there are: {known}.{hint}",
        "vi": "‘{name}’ không có ở đây; chỉ có: {known}.{hint}",
    },
    "expected_kind": {
        "en": "‘{name}’ should be {expected}, found {found}.",
        "vi": "‘{name}’ phải là {expected}, gặp {found}.",
    },
    "not_among": {
        "en": "‘{name}’ is ‘{found}’; possible are: {known}.{hint}",
        "vi": "‘{name}’ là ‘{found}’; chỉ có thể là: {known}.{hint}",
        "fa": "«{name}» برابر «{found}» است؛ ممکن‌ها: {known}.{hint}",
    },
    "language_missing": {
        "en": "‘{name}’ has no text in ‘{language}’; write one.",
        "vi": "‘{name}’ thiếu bản ‘{language}’; hãy viết thêm.",
    },
    "name_twice": {
        "en": "‘{name}’ is already defined at {other}.",
        "vi": "‘{name}’ đã được định nghĩa ở {other}.",
    },
    "fact_name_shape": {
        "en": "A fact is named in two parts, such as person.sex, not beginning with param or step; found ‘{name}’.",
        "vi": "Tên dữ kiện gồm hai phần, ví dụ person.sex, không bắt đầu bằng param hay step; gặp ‘{name}’.",
    },
    "default_needs_reason": {
        "en": "‘{name}’ has a legal default (otherwise) but no reason for it; write because.",
        "vi": "‘{name}’ có giá trị mặc định (otherwise) nhưng thiếu lý do; hãy viết because.",
    },
    "default_of_other_type": {
        "en": "The default of ‘{name}’ is {found}, expected {expected}.",
        "vi": "Giá trị mặc định của ‘{name}’ là {found}, cần {expected}.",
    },
    "default_in_circle": {
        "en": "The default of ‘{name}’ leads back to itself: {way}.",
        "vi": "Giá trị mặc định của ‘{name}’ quay lại chính nó: {way}.",
    },
    "range_missing": {
        "en": "‘{name}’ needs a range [lowest, highest], so that impossible values are seen.",
        "vi": "‘{name}’ cần khoảng [thấp nhất, cao nhất] để phát hiện giá trị vô lý.",
    },
    "range_shape": {
        "en": "A range is [lowest, highest] of numbers or days; found otherwise in ‘{name}’.",
        "vi": "Khoảng là [thấp nhất, cao nhất] gồm số hoặc ngày; ‘{name}’ không đúng dạng.",
    },
    "key_not_listed": {
        "en": "The key ‘{name}’ must be a fact with a fixed list of words.",
        "vi": "Khóa ‘{name}’ phải là dữ kiện có danh sách từ cố định.",
    },
    "steps_missing": {"en": "‘{name}’ has no steps.", "vi": "‘{name}’ chưa có mốc nào."},
    "steps_out_of_order": {
        "en": "The step from {found} stands after the one from {before}; put them in the order of their days.",
        "vi": "Mốc từ {found} đứng sau mốc từ {before}; hãy xếp theo thứ tự ngày.",
    },
    "key_missing": {"en": "There is no figure for {key}.", "vi": "Thiếu số liệu cho {key}."},
    "derived_needs_table": {
        "en": "‘{name}’ is worked out from a table of months, but ‘{found}’ is none; there are: {known}.",
        "vi": "‘{name}’ được tính từ bảng theo tháng, nhưng ‘{found}’ không phải; chỉ có: {known}.",
    },
    "derived_keys": {
        "en": "‘{name}’ takes the keys of its table and then the birth: {expected}.",
        "vi": "‘{name}’ nhận các khóa của bảng rồi đến ngày sinh: {expected}.",
    },
    "fact_twice": {
        "en": "The fact ‘{name}’ is already in another file of facts; keep one.",
        "vi": "Dữ kiện ‘{name}’ đã có ở tệp khác; hãy giữ một.",
    },
    "count_out_of_range": {
        "en": "‘{name}’ is {found}; possible are 1 to {most}.",
        "vi": "‘{name}’ là {found}; chỉ có thể từ 1 đến {most}.",
    },
    "figure_places": {
        "en": "Found ‘{found}’, expected a number with at most {places} decimal places.",
        "vi": "Gặp ‘{found}’, cần một số có tối đa {places} chữ số thập phân.",
    },
    "hearsay_not_off": {
        "en": "‘{name}’ rests on general knowledge (mark K), so it must be switched off: write off with the reason.",
        "vi": "‘{name}’ chỉ dựa trên hiểu biết chung (ký hiệu K) nên phải tắt: hãy viết off kèm lý do.",
    },
    "hearsay_used": {
        "en": "‘{id}’ is in force but uses ‘{name}’, which rests on general knowledge (mark K).",
        "vi": "‘{id}’ đang dùng ‘{name}’ vốn chỉ dựa trên hiểu biết chung (ký hiệu K).",
    },
    "topic_not_listed": {
        "en": "‘{id}’ decides on ‘{name}’, which is not in topics.yaml.{hint}",
        "vi": "‘{id}’ quyết định về ‘{name}’ nhưng topics.yaml chưa có.{hint}",
    },
    "body_not_listed": {
        "en": "‘{id}’ is issued by ‘{name}’, which is not among the bodies of precedence.yaml.{hint}",
        "vi": "‘{id}’ do ‘{name}’ ban hành nhưng precedence.yaml chưa có cơ quan này.{hint}",
    },
    "level_of_body": {
        "en": "‘{id}’ gives level {found} to ‘{name}’; precedence.yaml says {expected}.",
        "vi": "‘{id}’ ghi cấp {found} cho ‘{name}’; precedence.yaml ghi {expected}.",
    },
    "rises_with_value_only": {
        "en": "‘rises_with’ belongs to articles that give a figure.",
        "vi": "‘rises_with’ chỉ dùng cho điều cho ra số liệu (value).",
    },
    "families_disagree": {
        "en": "Two families of rules disagree on this case: {one} by {first}, {other} by {second}.",
        "vi": "Hai hệ quy định cho kết quả khác nhau: {first}: {one}; {second}: {other}.",
        "fa": "دو دسته از مقررات در این مورد یکسان نیستند: بنا به {first} {one}، بنا به {second} {other}.",
    },
    "no_ground": {
        "en": "No ground for this decision was found in the articles in force.",
        "vi": "Chưa có căn cứ nào cho quyết định này theo các điều đang có hiệu lực.",
        "fa": "در مواد جاری هیچ مبنایی برای این تصمیم یافت نشد.",
    },
    "id_shape": {
        "en": "‘{found}’ is no article name: use small letters, digits, - and /.",
        "vi": "‘{found}’ không phải tên điều: chỉ dùng chữ thường không dấu, số, - và /.",
    },
    "id_twice": {"en": "The article ‘{id}’ is already in {other}.", "vi": "Điều ‘{id}’ đã có trong {other}."},
    "condition_not_bool": {
        "en": "A condition must come to yes or no; this one comes to {found}.",
        "vi": "Điều kiện phải cho kết quả có hoặc không; ở đây cho {found}.",
    },
    "permit_lifts": {
        "en": "An article that permits names in ‘lifts’ what it takes out of the way; no other article has ‘lifts’.",
        "vi": "Điều cho phép (permit) phải nêu ‘lifts’ là điều được miễn; các điều khác không có ‘lifts’.",
    },
    "lifts_unknown": {
        "en": "‘{id}’ lifts ‘{name}’, which does not exist.{hint}",
        "vi": "‘{id}’ miễn ‘{name}’ nhưng điều này không tồn tại.{hint}",
    },
    "lifts_in_circle": {
        "en": "‘{id}’ comes to lift itself: {way}. An exception cannot be its own exception.",
        "vi": "‘{id}’ rốt cuộc miễn chính nó: {way}. Ngoại lệ không thể là ngoại lệ của chính nó.",
    },
    "ends_before_start": {
        "en": "The article ends ({end}) before it starts ({start}); ‘to’ is the first day on which it is no longer in force.",
        "vi": "Điều này hết hiệu lực ({end}) trước khi có hiệu lực ({start}); ‘to’ là ngày đầu tiên không còn hiệu lực.",
    },
    "place_unknown": {
        "en": "The message has a place {{{found}}} that is neither a fact nor a step of this article.{hint}",
        "vi": "Thông báo có chỗ {{{found}}} không phải dữ kiện hay bước của điều này.{hint}",
    },
    "example_missing": {
        "en": "The article ‘{id}’ has no example for: {outcomes}. Add one under tests, so that a jurist can check it.",
        "vi": "Điều ‘{id}’ chưa có ví dụ cho: {outcomes}. Hãy thêm vào tests để luật gia kiểm tra được.",
    },
    "example_outside": {
        "en": "The example is of {on}, when the article is not in force ({start} to {end}).",
        "vi": "Ví dụ ngày {on} nằm ngoài thời gian hiệu lực của điều ({start} đến {end}).",
    },
    "example_outcome": {
        "en": "The example comes out as ‘{found}’; written is ‘{expected}’.",
        "vi": "Ví dụ cho kết quả ‘{found}’; đã ghi ‘{expected}’.",
    },
    "example_missing_facts": {
        "en": "The example lacks: {found}; written is: {expected}.",
        "vi": "Ví dụ còn thiếu: {found}; đã ghi: {expected}.",
    },
    "example_value": {
        "en": "The example gives {found}; written is {expected}.",
        "vi": "Ví dụ cho {found}; đã ghi {expected}.",
    },
    "example_day": {
        "en": "The example turns on {found}; written is {expected}.",
        "vi": "Ví dụ thay đổi vào {found}; đã ghi {expected}.",
    },
    "rulebook_refused": {
        "en": "The rulebook {path} has {count} mistake(s) and cannot decide until they are mended:",
        "vi": "Bộ quy định {path} có {count} lỗi và chưa thể dùng để quyết định cho đến khi sửa xong:",
        "fa": "کتاب مقررات {path} {count} خطا دارد و تا درست نشود نمی‌تواند تصمیم بگیرد:",
    },
    "rulebook_not_found": {
        "en": "The rulebook ‘{name}’ was not found; looked in {places}.",
        "vi": "Không tìm thấy bộ quy định ‘{name}’; đã tìm ở {places}.",
        "fa": "کتاب مقررات «{name}» یافت نشد؛ جست‌وجو شد: {places}.",
    },
}
