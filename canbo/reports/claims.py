"""Are published figures true? Shares and sums by their own arithmetic, counts against the register.

    report = check(text)            # YAML or JSON, see docs/guide/claims.md
    report.to_dict()                # {"claims": [{"id", "verdict", "exact", "note"}, ...]}

A share or a sum needs no register. A count is compared with a measure of `reports/measures` on its day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from canbo.reports import notes, verdicts
from canbo.reports.claims_file import Claim, ClaimsRefused, parse, read_file
from canbo.reports.printed import Figure
from canbo.reports.verdicts import Verdict

if TYPE_CHECKING:
    from canbo.registry.models import Account

__all__ = ["Answer", "ClaimsRefused", "ClaimsReport", "Verdict", "check", "read_file"]


@dataclass(frozen=True)
class Answer:
    """The answer to one claim. `exact`: the true figure for machines, None where there is none.

    `printed` is the figure as the file has it; `says` and `source` repeat what the file says about it.
    """

    id: str
    verdict: Verdict
    exact: str | None
    note: str
    form: str
    printed: str = ""
    says: str = ""
    source: dict[str, str] | None = None

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "verdict": str(self.verdict), "exact": self.exact, "note": self.note}


@dataclass(frozen=True)
class ClaimsReport:
    """The answers, in the order of the file."""

    answers: tuple[Answer, ...]
    title: str = ""

    @property
    def wrong(self) -> tuple[Answer, ...]:
        """The claims that do not agree."""
        return tuple(answer for answer in self.answers if answer.verdict is Verdict.DISAGREES)

    @property
    def tally(self) -> dict[Verdict, int]:
        """How many answers of each verdict, all four named."""
        counted = Counter(answer.verdict for answer in self.answers)
        return {verdict: counted[verdict] for verdict in Verdict}

    def to_dict(self) -> dict[str, Any]:
        return {"claims": [answer.to_dict() for answer in self.answers]}


def check(text: str, *, by: Account | None = None) -> ClaimsReport:
    """Check a claims file.

    `by`: the account that asks; a count of people outside its reach is not checkable for it, so that nothing
    is learnt from a verdict that the account may not count. None: the command line, which sees all.
    Raises ClaimsRefused, with one sentence, for a file that cannot be taken as it stands.
    """
    claims = parse(text)
    styles = _usual_places(claims.claims)
    answers = []
    for claim in claims.claims:
        verdict, exact, note = _answer(claim, styles, by)
        printed = claim.figures.get("printed") or claim.figures.get("total")
        answers.append(
            Answer(
                claim.id, verdict, exact, note, claim.form,
                printed=printed.text if printed else "", says=claim.says or _counts(claim), source=claims.sources.get(claim.source),
            )
        )  # fmt: skip
    return ClaimsReport(tuple(answers), claims.title)


def _counts(claim: Claim) -> str:
    """What a count is about, in the words of its measure; empty for other claims."""
    if claim.form != "register":
        return ""
    from canbo.reports.measures import measures

    known = measures().get(claim.measure)
    return gettext(known.meaning) if known else ""


def _answer(claim: Claim, styles: dict[str, int], by: Account | None) -> tuple[Verdict, str | None, str]:
    if claim.form == "share":
        return _check_share(claim, styles.get(claim.id))
    if claim.form == "sum":
        return _check_sum(claim.parts, claim.figures["total"])
    if claim.form == "register":
        from canbo.reports.register_claims import check_against_register

        return check_against_register(claim, by=by)
    if not claim.figures:
        return Verdict.NOT_CHECKABLE, None, gettext("A statement without a figure.")
    return Verdict.NOT_CHECKABLE, None, gettext("A figure that stands alone: nothing is given to compute it from.")


def _check_share(claim: Claim, usual_places: int | None) -> tuple[Verdict, str | None, str]:
    part, whole, printed = (claim.figures[name] for name in ("part", "whole", "printed"))
    if whole.value == 0:
        return Verdict.NOT_CHECKABLE, None, gettext("The whole is 0, and there is no share of nothing.")
    exact = verdicts.share(part.value, whole.value)
    verdict = verdicts.judge(exact, printed)
    return verdict, verdicts.as_text(exact), notes.about_share(part, whole, printed, verdict, usual_places)


def _check_sum(parts: Sequence[Figure], total: Figure) -> tuple[Verdict, str | None, str]:
    """Counts must add up. Shares were rounded each on its own, so their sum may miss the total by half a unit each.

    Shares are figures with a per cent sign, or figures with decimals that are to make 100.
    """
    exact = sum((part.value for part in parts), Fraction(0))
    whole = total.value == 100 and any(part.places for part in parts)
    shares = whole or all(part.percent for part in parts)
    slack = sum((part.unit for part in parts), Fraction(0)) / 2 if shares else Fraction(0)
    verdict = verdicts.judge(exact, total)
    if shares and abs(exact - total.value) <= slack:
        verdict = Verdict.AGREES_ROUNDED
    elif whole:
        verdict = Verdict.DISAGREES
    return verdict, verdicts.as_text(exact), notes.about_sum(parts, total, exact, verdict, slack)


def _usual_places(claims: Sequence[Claim]) -> dict[str, int]:
    """For each share: with how many decimals most other shares of the same whole in the same text are printed."""
    families: dict[tuple[str, Fraction], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.form == "share":
            families[claim.source, claim.figures["whole"].value].append(claim)
    usual: dict[str, int] = {}
    for family in families.values():
        places = Counter(claim.figures["printed"].places for claim in family)
        for claim in family:
            others = places - Counter([claim.figures["printed"].places])
            if others:
                usual[claim.id] = others.most_common(1)[0][0]
    return usual
