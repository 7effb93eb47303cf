"""Sentences about procedures: their files, and how a vote ended."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "procedure_unknown": {
        "en": "There is no procedure ‘{name}’. {hint} Known: {known}.",
        "vi": "Không có quy trình ‘{name}’. {hint} Các quy trình: {known}.",
        "fa": "روندی با نام «{name}» نیست. {hint} روندها: {known}.",
    },
    "procedure_not_in_force": {
        "en": "No version of the procedure ‘{name}’ is in force on {day}.",
        "vi": "Không có phiên bản nào của quy trình ‘{name}’ có hiệu lực ngày {day}.",
        "fa": "هیچ نسخه‌ای از روند «{name}» در {day} اجرا نمی‌شود.",
    },
    "procedure_versions_overlap": {
        "en": "The versions ‘{one}’ and ‘{other}’ overlap, or are not in the order of their days. Each ends before the next begins.",
        "vi": "Hai phiên bản ‘{one}’ và ‘{other}’ chồng nhau hoặc sai thứ tự ngày. Bản trước phải hết hiệu lực trước khi bản sau bắt đầu.",
        "fa": "نسخه‌های «{one}» و «{other}» هم‌پوشانی دارند یا به ترتیب تاریخ نیستند. هر نسخه پیش از آغاز نسخهٔ بعد پایان می‌یابد.",
    },
    "procedure_step_twice": {
        "en": "The step ‘{name}’ is written twice. Give each step an id of its own.",
        "vi": "Bước ‘{name}’ được ghi hai lần. Mỗi bước cần một mã riêng.",
        "fa": "گام «{name}» دو بار نوشته شده است. به هر گام شناسهٔ خودش را بدهید.",
    },
    "procedure_step_unreachable": {
        "en": "No way leads to the step ‘{name}’. Let an outcome of an earlier step lead there, or take it out.",
        "vi": "Không có đường nào dẫn tới bước ‘{name}’. Hãy cho một kết quả của bước trước dẫn tới đó, hoặc bỏ bước này.",
        "fa": "هیچ راهی به گام «{name}» نمی‌رسد. پیامد گامی پیشین را به آن برسانید یا آن را بردارید.",
    },
    "procedure_step_endless": {
        "en": "From the step ‘{name}’ no way leads to an end. Let an outcome lead to refused, stopped or ended.",
        "vi": "Từ bước ‘{name}’ không có đường nào tới kết thúc. Hãy cho một kết quả dẫn tới refused, stopped hoặc ended.",
        "fa": "از گام «{name}» راهی به پایان نیست. پیامدی را به refused یا stopped یا ended برسانید.",
    },
    "procedure_published_unsigned": {
        "en": "The step ‘{name}’ publishes what nobody need have signed. Let every way to it go through a step that signs.",
        "vi": "Bước ‘{name}’ công bố khi có thể chưa ai ký. Mọi đường tới bước này phải qua một bước ký.",
        "fa": "گام «{name}» چیزی را منتشر می‌کند که شاید کسی امضا نکرده باشد. هر راهی به آن باید از گام امضا بگذرد.",
    },
    "procedure_vote_and_kind": {
        "en": "The step ‘{name}’: a step that does ‘vote’ has an entry `vote`, and no other step has one.",
        "vi": "Bước ‘{name}’: bước có does: vote phải có mục `vote`, các bước khác không có.",
        "fa": "گام «{name}»: گامی که vote است بخش `vote` دارد و گام دیگری ندارد.",
    },
    "procedure_capacity": {
        "en": "The step ‘{name}’: who signs is the approver, who publishes is the publisher; found ‘{found}’.",
        "vi": "Bước ‘{name}’: người ký là approver, người công bố là publisher; gặp ‘{found}’.",
        "fa": "گام «{name}»: امضاکننده approver و منتشرکننده publisher است؛ «{found}» یافت شد.",
    },
    "threshold_one_of_two": {
        "en": "‘{name}’ needs either `over` (more than this share) or `at_least` (this share or more), not both.",
        "vi": "‘{name}’ cần `over` (quá tỷ lệ này) hoặc `at_least` (từ tỷ lệ này trở lên), không dùng cả hai.",
        "fa": "«{name}» یا `over` (بیش از این سهم) می‌خواهد یا `at_least` (این سهم یا بیشتر)، نه هر دو.",
    },
    "threshold_not_a_share": {
        "en": "‘{found}’ is not a share between 0 and 1. Write it as 1/2, 2/3 or 0.3.",
        "vi": "‘{found}’ không phải tỷ lệ từ 0 đến 1. Hãy viết 1/2, 2/3 hoặc 0.3.",
        "fa": "«{found}» سهمی میان ۰ و ۱ نیست. آن را 1/2 یا 2/3 یا 0.3 بنویسید.",
    },
    "vote_no_quorum": {
        "en": "Too few were present: the meeting does not count and is called again.",
        "vi": "Không đủ số người có mặt: hội nghị không hợp lệ, phải triệu tập lại.",
        "fa": "حاضران کافی نبودند: نشست معتبر نیست و دوباره فراخوانده می‌شود.",
    },
    "vote_carried": {
        "en": "Carried: the votes reach what the law asks for.",
        "vi": "Đạt: số phiếu đủ theo quy định.",
        "fa": "تصویب شد: آرا به حد قانونی رسیدند.",
    },
    "vote_tied": {
        "en": "Level: two or more have the same number of votes.",
        "vi": "Ngang nhau: từ hai người trở lên có số phiếu bằng nhau.",
        "fa": "برابر: دو نفر یا بیشتر رأی برابر دارند.",
    },
    "vote_at_the_share": {
        "en": "Exactly at the share, not above it: the law gives the choice to somebody, or asks for another vote.",
        "vi": "Đúng bằng tỷ lệ, chưa vượt: theo luật, người có thẩm quyền quyết định hoặc bỏ phiếu lại.",
        "fa": "درست به اندازهٔ سهم و نه بیش از آن: قانون انتخاب را به کسی می‌سپارد یا رأی‌گیری دوباره می‌خواهد.",
    },
    "vote_rescued": {
        "en": "Nobody exceeds the share; those who reach the lower one go on to the next step.",
        "vi": "Không ai vượt tỷ lệ; những người đạt mức thấp hơn được giới thiệu ở bước tiếp theo.",
        "fa": "کسی از سهم نگذشت؛ آنان که به حد پایین‌تر رسیدند به گام بعد می‌روند.",
    },
    "vote_heard": {
        "en": "The meeting was heard: all names go on, with their votes.",
        "vi": "Hội nghị đã cho ý kiến: mọi nhân sự được báo cáo tiếp kèm số phiếu.",
        "fa": "نظر نشست گرفته شد: همهٔ نام‌ها با آرای خود ادامه می‌دهند.",
    },
    "vote_nobody_carried": {
        "en": "Nobody reaches what the law asks for.",
        "vi": "Không ai đạt tỷ lệ theo quy định.",
        "fa": "کسی به حد قانونی نرسید.",
    },
    "count_negative": {
        "en": "A count cannot be less than nothing.",
        "vi": "Số đếm không thể nhỏ hơn không.",
        "fa": "شمار نمی‌تواند کمتر از صفر باشد.",
    },
    "count_more_convened_than_members": {
        "en": "More were convened than belong to the electorate. Put right the roll, or the number of its members.",
        "vi": "Số được triệu tập nhiều hơn số thành viên của thành phần bỏ phiếu. Hãy sửa danh sách hoặc số thành viên.",
        "fa": "دعوت‌شدگان بیش از اعضای حوزهٔ رأی‌اند. فهرست یا شمار اعضا را درست کنید.",
    },
    "count_more_present_than_convened": {
        "en": "More were present than were convened. Count again, or put right who was convened.",
        "vi": "Số có mặt nhiều hơn số được triệu tập. Hãy đếm lại hoặc sửa danh sách triệu tập.",
        "fa": "حاضران بیش از دعوت‌شدگان‌اند. دوباره بشمارید یا فهرست دعوت را درست کنید.",
    },
    "count_more_ballots_than_present": {
        "en": "More ballots were given out than people were present.",
        "vi": "Số phiếu phát ra nhiều hơn số người có mặt.",
        "fa": "برگه‌های داده‌شده بیش از حاضران است.",
    },
    "count_more_collected_than_issued": {
        "en": "More ballots came back than were given out: the vote must be held again.",
        "vi": "Số phiếu thu về nhiều hơn số phát ra: phải bỏ phiếu lại.",
        "fa": "برگه‌های بازگشته بیش از برگه‌های داده‌شده است: رأی‌گیری باید دوباره انجام شود.",
    },
    "count_does_not_add_up": {
        "en": "Valid, blank and invalid ballots together are not the number collected.",
        "vi": "Tổng phiếu hợp lệ, phiếu trắng và phiếu không hợp lệ không bằng số phiếu thu về.",
        "fa": "جمع برگه‌های معتبر، سفید و باطل با شمار گردآمده برابر نیست.",
    },
    "count_more_votes_than_ballots": {
        "en": "More votes than valid ballots.",
        "vi": "Số phiếu bầu nhiều hơn số phiếu hợp lệ.",
        "fa": "شمار رأی‌ها بیش از برگه‌های معتبر است.",
    },
    "coalition_figure": {
        "en": "{title}, {version}: at least {persons} people, from at least {bodies} bodies.",
        "vi": "{title}, {version}: ít nhất {persons} người, thuộc ít nhất {bodies} cơ quan.",
        "fa": "{title}، {version}: دست‌کم {persons} نفر، از دست‌کم {bodies} نهاد.",
    },
    "coalition_hearsay": {
        "en": "hearsay, never opened",
        "vi": "chưa kiểm chứng, không áp dụng",
        "fa": "تأییدنشده، هرگز گشوده نمی‌شود",
    },
    "coalition_votes": {
        "en": "votes it takes: {votes}",
        "vi": "số phiếu cần: {votes}",
        "fa": "رأی‌های لازم: {votes}",
    },
    "coalition_too_small": {
        "en": "Too few: {persons} people from {bodies} bodies are the goal. Let another step be taken by somebody else.",
        "vi": "Quá ít: mục tiêu là {persons} người thuộc {bodies} cơ quan. Hãy giao thêm một bước cho người khác.",
        "fa": "بسیار کم: هدف {persons} نفر از {bodies} نهاد است. گامی دیگر را به کسی دیگر بسپارید.",
    },
    "coalition_method": {
        "en": "The fewest who could make an act effective by themselves, in the worst case that the law allows. Witnesses stand outside and are not counted.",
        "vi": "Số người ít nhất có thể tự mình làm cho một quyết định có hiệu lực, trong trường hợp xấu nhất mà luật cho phép. Nhân chứng đứng ngoài và không được tính.",
        "fa": "کمترین کسانی که به‌تنهایی می‌توانند عملی را نافذ کنند، در بدترین حالتی که قانون اجازه می‌دهد. گواهان بیرون‌اند و شمرده نمی‌شوند.",
    },
}
