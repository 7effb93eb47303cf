"""Powers and declarations in a real browser, at the width of a phone in every language and once at that of a desk:
nothing that axe complains of, nothing too wide. Without a Chromium this is skipped, and says so; in a landing it fails.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from canbo.registry import authority, delegation, intake
from canbo.registry.days import since
from canbo.registry.models import Interest
from tests.pages.browser import LANGUAGES, complaints, overflow, speak
from tests.pages.test_case_browser import SHOTS, Hall, hall
from tests.trying import needs_a_browser

pytestmark = needs_a_browser
__all__ = ["hall"]  # the fixture


def test_powers_and_declarations_read_well_on_a_phone_and_at_a_desk(hall: Hall) -> None:
    office, world = hall.office, hall.office.world
    with authority.sight(intake.console()):
        days = {"valid_from": date.today(), "valid_to": date.today() + timedelta(days=30)}
        acts = ["case.verify", "case.read", "person.read", "document.issue"]
        lent = {"acts": acts, "organization": world.organizations["P/1"], "basis": "Nghỉ phép năm, Điều 2", **days}
        for giver, receiver in ((office.verifier, office.drafter), (office.manager, office.verifier)):
            mine = {**lent, "acts": ["case.read", "person.read"]} if giver == office.manager else lent
            delegation.give(receiver=receiver, by=giver, **mine, **delegation.based_on("12/QĐ-UBND", "UBND tỉnh"))
        Interest.objects.create(
            person=office.verifier.person,
            enterprise="0101234567",
            role="owner",
            share=12,
            valid=since(date(2020, 1, 1)),
            **world.mark,
        )
        inspector = world.account("inspects", "inspector", "P")
    pages = {
        "powers": (office.verifier, "/powers?post=chair"), "lend": (office.verifier, f"/powers/lend?who={office.drafter.username}"),
        "lent": (inspector, "/powers/lent?in=P"), "decides": (office.verifier, f"/posts/{office.post.pk}/decides"),
        "declarations": (office.verifier, "/declarations"),
    }  # fmt: skip
    wrong = []
    for name, (account, path) in pages.items():
        hall.sit(account)
        for language, width in [(language, 390) for language in LANGUAGES] + [("vi", 1440)]:
            speak(hall.context, hall.base, language)
            hall.page.set_viewport_size({"width": width, "height": 900})
            hall.page.goto(hall.base + path)
            wrong += [f"{name} {language} {width}: {line}" for line in complaints(hall.page, hall.script)]
            if wide := overflow(hall.page):
                wrong.append(f"{name} {language} {width}: {wide} px too wide")
            if SHOTS:
                Path(SHOTS).mkdir(parents=True, exist_ok=True)
                hall.page.screenshot(path=f"{SHOTS}/{name}.{language}-{width}.png", full_page=True)
    assert not wrong, "\n".join(wrong)
