"""Pictures of every page: `python -m tests.pages.screenshots http://127.0.0.1:8000 FOLDER [account] [path ...]`.

Against a demo world that is being served. Signs in as a demo account, visits every page at 1440 and 390 px in
English, Vietnamese and Persian, writes FOLDER/<page>.<language>-<width>.png, and says what axe finds and what
does not fit. Exit code 1 when anything is found.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.pages.browser import LANGUAGES, WIDTHS, axe_script, chromium, complaints, overflow, speak

PAGES = {
    "sign-in": "/accounts/login/",
    "patterns": "/_ui",
}


def main(base: str, folder: Path, account: str, only: list[str]) -> int:
    """Shoot all pages (or those named in `only`); returns the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    script, wrong = axe_script(), 0
    pages = {name: path for name, path in PAGES.items() if not only or name in only}
    with chromium() as context:
        page = context.pages[0]
        for language in LANGUAGES:
            context.clear_cookies()
            speak(context, base, language)
            for name, path in pages.items():
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 900})
                    page.goto(base + path)
                    page.wait_for_load_state("networkidle")
                    page.evaluate("document.fonts.ready")
                    page.screenshot(path=str(folder / f"{name}.{language}-{width}.png"), full_page=True)
                    found = complaints(page, script)
                    if wide := overflow(page):
                        found.append(f"{wide} px too wide")
                    for line in found:
                        print(f"{name} {language} {width}: {line}")
                    wrong += len(found)
    print(f"{len(pages)} pages, {wrong} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    address, where, *rest = sys.argv[1:]
    sys.exit(main(address.rstrip("/"), Path(where), rest[0] if rest else "", rest[1:]))
