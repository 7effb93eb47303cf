"""Sentences of trying a draft, in each language."""

from __future__ import annotations

SENTENCES = {
    "prover_lost": {
        "en": "The prover did not finish within {seconds} seconds. Make the condition simpler, or ask again when the machine is less busy.",
        "vi": "Bộ chứng minh chưa xong sau {seconds} giây. Hãy viết điều kiện đơn giản hơn, hoặc hỏi lại khi máy bớt bận.",
        "fa": "اثبات‌گر در {seconds} ثانیه به پایان نرسید. شرط را ساده‌تر بنویسید، یا وقتی دستگاه کمتر مشغول است دوباره بپرسید.",
    },
    "prover_failed": {
        "en": "The prover stopped without an answer: {why}. This is a fault of the program; report it with the text of the draft.",
        "vi": "Bộ chứng minh dừng mà không có câu trả lời: {why}. Đây là lỗi của chương trình; hãy báo kèm văn bản dự thảo.",
        "fa": "اثبات‌گر بدون پاسخ ایستاد: {why}. این خطای برنامه است؛ آن را همراه با متن پیش‌نویس گزارش کنید.",
    },
    "whatif_no_table": {
        "en": "There is no figure ‘{name}’ in the rulebook that could be changed.",
        "vi": "Trong bộ quy tắc không có số liệu ‘{name}’ có thể thay đổi.",
        "fa": "در کتاب قواعد رقمی به نام ‘{name}’ نیست که بتوان آن را تغییر داد.",
    },
    "whatif_no_figure": {
        "en": "{name}: found ‘{found}’, expected {expected}.",
        "vi": "{name}: thấy ‘{found}’, cần {expected}.",
        "fa": "{name}: ‘{found}’ نوشته شده، {expected} انتظار می‌رفت.",
    },
}
