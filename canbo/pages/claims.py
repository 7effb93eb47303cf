"""The page that checks published figures: shares, sums, and counts against the register."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.pages.access import requires
from canbo.reports import claims as reports

LARGEST = 200_000


def examples() -> dict[str, Path]:
    """The claims files that canbo ships, by name; the newspapers come first."""
    folder = settings.LIBRARY / "examples" / "claims"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


@requires("claims.check")
def claims(request: HttpRequest) -> HttpResponse:
    """Check what was pasted or uploaded; without anything, show a shipped example and its verdicts."""
    shipped, text = examples(), given(request)
    chosen = request.GET.get("example") or next(iter(shipped), "")
    context: dict[str, object] = {"text": text or "", "shipped": list(shipped), "chosen": ""}
    if text is None and chosen in shipped:
        text = shipped[chosen].read_text(encoding="utf-8")
        context |= {"text": text if request.GET.get("edit") else "", "chosen": chosen}
    if text and text.strip():
        try:
            if len(text) > LARGEST:
                raise reports.ClaimsRefused(
                    _(
                        "The file has %(found)s characters; this page takes %(most)s. Check larger files with the command: canbo claims FILE"
                    )
                    % {"found": len(text), "most": LARGEST}
                )
            report = reports.check(text, by=request.user)
            context |= {"report": report, "tally": [(str(verdict), number) for verdict, number in report.tally.items()]}
        except reports.ClaimsRefused as refusal:
            context["refusal"] = str(refusal)
    return render(request, "claims.html", context, status=422 if "refusal" in context else 200)


def given(request: HttpRequest) -> str | None:
    """The text that was sent: a file if there is one, else what was pasted; None: nothing was sent."""
    if request.method != "POST":
        return None
    file = request.FILES.get("file")
    if file is not None and file.size:
        return file.read(LARGEST + 1).decode("utf-8", errors="replace")
    return request.POST.get("text", "")
