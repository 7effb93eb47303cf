"""One Chromium for tests and screenshots: the system's own, in a new profile, with nothing it does by itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from playwright.sync_api import BrowserContext, Page, sync_playwright

from canbo.project.browser import found

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LANGUAGES = ("en", "vi", "fa")
WIDTHS = (1440, 390)


# Places in a drawing that are no numbers, such as 36,5 in a language that writes it so: browsers take them for 0.
CROOKED = """() => [...document.querySelectorAll('svg, svg *')].flatMap(e => ['x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'dx', 'dy',
  'width', 'height'].filter(a => e.hasAttribute(a) && !/^(-?\\d+(\\.\\d+)?(%|px|em|rem)?|auto)$/.test(e.getAttribute(a)))
  .map(a => `no number: ${e.tagName} ${a}="${e.getAttribute(a)}"`)).slice(0, 5)"""


@contextmanager
def chromium(width: int = 1440, height: int = 900) -> Iterator[BrowserContext]:
    """A browser with a fresh profile that goes when it closes. Raises RuntimeError without a Chromium."""
    program = found()
    if program is None:
        raise RuntimeError("No Chromium here. Install the package `chromium` of the system.")
    profile = tempfile.mkdtemp(prefix="canbo-chromium-")
    try:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=program,
                headless=True,
                args=FLAGS,
                viewport={"width": width, "height": height},
            )
            try:
                yield context
            finally:
                context.close()
    finally:
        shutil.rmtree(profile, ignore_errors=True)


@contextmanager
def serving() -> Iterator[str]:
    """A server of the pages in a thread of its own, as an installation without the demo's watching; its address."""
    from django.conf import settings
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread
    from django.test.utils import override_settings

    class Kept(StaticFilesHandler):
        """Letters, styles and scripts are kept by the browser, as they are in an installation."""

        def serve(self, request: HttpRequest) -> HttpResponseBase:
            answer = super().serve(request)
            answer["Cache-Control"] = "max-age=3600"
            return answer

    plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    hosts = ["127.0.0.1", "testserver"]
    with override_settings(DEBUG=False, WHITENOISE_AUTOREFRESH=True, ALLOWED_HOSTS=hosts, STORAGES=plain):
        thread = LiveServerThread("127.0.0.1", Kept)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        try:
            yield f"http://127.0.0.1:{thread.port}"
        finally:
            thread.terminate()


def speak(context: BrowserContext, base: str, language: str) -> None:
    """Choose the language of the pages, as the switch does."""
    context.add_cookies([{"name": "django_language", "value": language, "url": base}])


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window: must be 0."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def axe_script() -> str:
    """The source of axe-core that axe-playwright-python carries."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def complaints(page: Page, script: str) -> list[str]:
    """What axe finds on a page by the rules of WCAG 2.0 to 2.2 A and AA, one sentence each."""
    page.evaluate(script)
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        ".then(r => r.violations.map(v => v.id + ': ' + v.help + ' | ' + v.nodes.slice(0, 3)"
        ".map(n => n.html.slice(0, 160)).join(' || ')))"
    )
    return [str(line) for line in [*found, *page.evaluate(CROOKED)]]
