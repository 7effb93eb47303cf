"""Pictures of every page: `python -m tests.pages.screenshots http://127.0.0.1:8000 FOLDER [account] [path ...]`.

Against a demo world that is being served. Signs in as a demo account, visits every page at 1440 and 390 px in
English, Vietnamese and Persian, writes FOLDER/<page>.<language>-<width>.png, and says what axe finds and what
does not fit. Exit code 1 when anything is found.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.pages.browser import LANGUAGES, WIDTHS, axe_script, chromium, complaints, overflow, speak

#: Pages that need no account, and those of a demo account. {unit} and {person} are found on the pages themselves.
OPEN = {"sign-in": "/accounts/login/"}
PAGES = {
    "home": "/",
    "home-before": "/?on=2025-06-30",
    "tree": "/organizations",
    "organization": "/organizations/31",
    "organization-history": "/organizations/31?tab=history",
    "organization-counts": "/organizations/31?tab=counts",
    "organization-old": "/organizations/old:31/303/11296?on=2025-06-30",
    "changes": "/changes?on=2025-07-01",
    "people": "/people?in=31",
    "person": "{person}",
    "person-family": "{person}?tab=family",
    "person-looked": "{person}?tab=looked",
    "may-choose": "{person}/may?post=chair+hong+bang",
    "may": "{may}",
    "cases": "/cases",
    "case": "{case}",
    "succession": "/succession?in=31",
    "succession-body": "/succession?in=31/11311",
    "rotation": "/rotation?in=31",
    "vacancies": "/vacancies?in=31",
    "claims": "/claims",
    "claims-register": "/claims?example=register",
    "rules": "/rules",
    "topic": "/rules/topics/appointment",
    "article": "/rules/vn/state/decree-300-2026/art-29-7/full-term",
    "findings": "/rules/findings",
    "law-search": "/rules/search?q=tuoi+nghi+huu",
    "drafts": "/rules/drafts",
    "draft-new": "/rules/drafts/new?from=vn/state/decree-29-2024/theory",
    "what-if": "/rules/what-if?parameter=terms_as_head&value=3",
    "journal": "/journal",
    "search": "/search?q=hai+phong",
    "second-factor": "/accounts/2fa/",
    "password": "/accounts/password/change/",
    "patterns": "/_ui",
    "not-found": "/organizations/99",
    "not-allowed": "/people/999999999",
    "wrong-day": "/?on=31.12.2025",
}
#: What stands for a place in the addresses above: the page to look on, and the link to take there.
FOUND = {
    "person": ("/people?in=31", "main table a.t"),
    "may": ("{person}/may?post=chair+hong+bang", "main .list a"),
    "case": ("/cases", "main table tbody th a"),
}


def sign_in(page: Page, base: str, account: str) -> None:
    """Sign in by the button of a demo account."""
    page.goto(base + "/accounts/login/")
    page.locator(f'button[name=account][value="{account}"]').click()
    page.wait_for_load_state("networkidle")
    if page.locator("nav.side").count() == 0:
        raise SystemExit(f"Could not sign in as {account}: the server answered “{page.title()}”.")


def find_places(page: Page, base: str) -> dict[str, str]:
    """The addresses of a person, of a verdict and of an article, as the pages link to them."""
    places: dict[str, str] = {}
    for name, (path, link) in FOUND.items():
        if "{person}" in path and "person" not in places:
            continue
        page.goto(base + path.format(**places))
        first = page.locator(link).first
        if first.count():
            places[name] = str(first.get_attribute("href")).split("#")[0]
    return places


def shoot(page: Page, target: Path, width: int) -> None:
    """One picture of the whole page, with the bars that stick where they belong."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.fonts.ready")
    height = page.evaluate("Math.max(document.documentElement.scrollHeight, 900)")
    page.set_viewport_size({"width": width, "height": min(int(height), 8000)})
    page.screenshot(path=str(target), full_page=True)


def main(base: str, folder: Path, account: str, only: list[str]) -> int:
    """Shoot all pages (or those named in `only`); returns the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    script, wrong, number = axe_script(), 0, 0
    with chromium() as context:
        page = context.pages[0]
        for language in LANGUAGES:
            context.clear_cookies()
            speak(context, base, language)
            places: dict[str, str] = {}
            for name, path in {**OPEN, **(PAGES if account else {})}.items():
                if name == "home" and account:
                    sign_in(page, base, account)
                    places = find_places(page, base)
                needed = [part for part in FOUND if "{" + part + "}" in path]
                if (only and name not in only) or any(part not in places for part in needed):
                    continue
                number += 1
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 900})
                    page.goto(base + (path.format(**places) if needed else path))
                    page.wait_for_load_state("networkidle")
                    shoot(page, folder / f"{name}.{language}-{width}.png", width)
                    found = complaints(page, script)
                    if wide := overflow(page):
                        found.append(f"{wide} px too wide")
                    for line in found:
                        print(f"{name} {language} {width}: {line}")
                    wrong += len(found)
    print(f"{number} pages, {wrong} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    address, where, *rest = sys.argv[1:]
    sys.exit(main(address.rstrip("/"), Path(where), rest[0] if rest else "", rest[1:]))
