"""Data with which every kind of document can be written in every language."""

from __future__ import annotations

from datetime import date
from typing import Any

from canbo.procedures.letters import wording
from canbo.rules.words import LANGUAGES

__all__ = ["LANGUAGES", "data_for"]

DEPARTMENT = {"vi": "Giám đốc Sở Nội vụ", "en": "Director of Home Affairs", "fa": "مدیرکل امور داخلی"}
COMMITTEE = {"vi": "Ủy ban nhân dân tỉnh Khánh Hòa", "en": "People's Committee of Khánh Hòa", "fa": "کمیتهٔ خلق خان‌هوا"}
SIGNATURE = {"capacity": [{"vi": "TM. Ủy ban nhân dân", "en": "For the committee", "fa": "از سوی کمیته"}, {"vi": "Chủ tịch", "en": "Chair", "fa": "رئیس"}], "name": "Trần Quốc Ưởng"}  # fmt: skip
DATA: dict[str, Any] = {
    "text": "Đồng ý.",
    "issuer": {"name": COMMITTEE, "symbol": "UBND", "form": "state", "unit": "SNV", "authority": COMMITTEE},
    "place": "Khánh Hòa", "on": date(2026, 9, 5), "number": 7, "address": "https://register.example/verify/",
    "person": {"title": {"vi": "bà", "en": "Ms", "fa": "خانم"}, "name": "Nguyễn Thị Mỹ Hằng", "born": date(1980, 5, 14), "post": DEPARTMENT},
    "post": {"title": DEPARTMENT, "organization": COMMITTEE},
    "term": 60, "from": date(2026, 9, 10), "until": date(2027, 9, 9), "days": 30, "reason": "Hai năm liên tiếp.",
    "asked": date(2026, 8, 20), "proposed_by": DEPARTMENT, "signatures": [SIGNATURE, {**SIGNATURE, "name": "Lê Thị Thu"}],
    "recipients": [DEPARTMENT], "to": [DEPARTMENT, COMMITTEE],
    "meeting": {
        "title": {"vi": "hội nghị cán bộ chủ chốt", "en": "meeting of key officials", "fa": "نشست مقام‌های اصلی"}, "subject": "Nhân sự",
        "time": "8:30", "day": date(2026, 8, 12), "place": "Phòng 2", "chair": "Trần Quốc Ưởng", "secretary": "Lê Thị Thu",
        "convened": 45, "present": 43,
    },
    "absent": [{"name": "Phạm Văn Đức", "reason": "ốm"}], "opinions": [{"name": "Võ Thị Sáu", "text": "Nhất trí."}],
    "conclusion": "Thống nhất.",
    "count": {
        "convened": 45, "present": 43, "issued": 43, "returned": 43, "valid": 42, "invalid": 1, "base": "số có mặt",
        "rows": [{"name": "Nguyễn Thị Mỹ Hằng", "yes": 30, "no": 12, "share": 69.8}],
    },
    "questions": ["Phẩm chất", "Năng lực"], "answer_by": date(2026, 8, 30),
    "verdict": [{"text": "26 tháng", "citation": "Nghị định 300/2026/NĐ-CP, Điều 29"}],
    "reasons": [{"text": "8 tháng", "citation": "Nghị định 300/2026/NĐ-CP, Điều 29"}],
    "steps": [{"name": "Tập thể lãnh đạo", "day": date(2026, 8, 3), "person": "Nguyễn Thị Mỹ Hằng", "yes": 5, "of": 5}],
    "appeal": {"body": COMMITTEE, "days": 15, "citation": "Luật Khiếu nại 02/2011/QH13"},
    "decision": {"title": "Quyết định", "symbol": "12/QĐ-UBND", "day": date(2026, 9, 5)},
    "plan": {
        "title": {"vi": "quy hoạch", "en": "succession plan", "fa": "برنامهٔ جانشینی"}, "organization": COMMITTEE, "count": 1, "posts": 1,
        "rows": [{"name": "Đặng Quang Huy", "post": DEPARTMENT, "planned": DEPARTMENT}],
    },
}  # fmt: skip


def data_for(kind: str) -> dict[str, Any]:
    """The data, with the letters under which a document of this kind is numbered."""
    signatures = DATA["signatures"] if kind in ("minutes", "count-sheet") else DATA["signatures"][:1]
    return {**DATA, "signatures": signatures, "symbol": wording.symbol("vn", kind, DATA["issuer"])}
