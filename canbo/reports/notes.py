"""What would be true: the sentences that go with a verdict, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from django.utils.translation import gettext, ngettext

from canbo.reports import verdicts
from canbo.reports.printed import Figure
from canbo.reports.verdicts import Verdict
from canbo.reports.wording import number

#: How many possible misprints are named before the sentence grows useless.
MOST_MISPRINTS = 4


def about_share(part: Figure, whole: Figure, printed: Figure, verdict: Verdict, usual_places: int | None) -> str:
    """The note on a share. `usual_places`: with how many decimals the same whole's other shares are printed."""
    exact = verdicts.share(part.value, whole.value)
    sentences = [_computed(part, whole, exact, printed.places)]
    if verdict is Verdict.AGREES_CUT:
        sentences.append(
            gettext("%(printed)s is cut off; rounded it is %(true)s.")
            % {"printed": _as_printed(printed), "true": number(exact, printed.places)}
        )
    if verdict is Verdict.DISAGREES:
        sentences.append(
            gettext("The true figure is %(true)s, not %(printed)s.")
            % {"true": number(exact, printed.places), "printed": _as_printed(printed)}
        )
        sentences += _what_would_be_true(part, whole, printed, exact)
    elif usual_places is not None and usual_places > printed.places:
        sentences.append(
            ngettext(
                "Printed with %(places)s decimal like the other shares of %(whole)s, it is %(true)s.",
                "Printed with %(places)s decimals like the other shares of %(whole)s, it is %(true)s.",
                usual_places,
            )
            % {"places": number(usual_places), "whole": _value(whole), "true": number(exact, usual_places)}
        )
    if part.value > whole.value:
        sentences.append(gettext("The part is larger than the whole."))
    return " ".join(sentences)


def _computed(part: Figure, whole: Figure, exact: Fraction, places: int) -> str:
    places = max(places + 2, 3)
    if verdicts.round_half_up(exact, places) == exact:
        return gettext("%(part)s of %(whole)s is exactly %(exact)s per cent.") % {
            "part": _value(part), "whole": _value(whole), "exact": number(exact, _needed(exact, places)),
        }  # fmt: skip
    return gettext("%(part)s of %(whole)s is %(exact)s per cent.") % {
        "part": _value(part), "whole": _value(whole), "exact": number(exact, places),
    }  # fmt: skip


def _what_would_be_true(part: Figure, whole: Figure, printed: Figure, exact: Fraction) -> list[str]:
    meant = verdicts.slip(exact, printed)
    if meant is not None:
        return [
            gettext("The decimal sign stands in the wrong place: %(meant)s would be true.")
            % {"meant": number(meant.value, meant.places)}
        ]
    parts = verdicts.parts_that_agree(whole.value, printed)
    wholes = verdicts.wholes_that_agree(part.value, printed)
    said = {"printed": _as_printed(printed), "part": _value(part), "whole": _value(whole)}
    if parts and wholes:
        return [
            gettext("%(printed)s would be true of %(parts)s of %(whole)s, or of %(part)s of %(wholes)s.")
            % {**said, "parts": _span(parts), "wholes": _span(wholes)}
        ]
    if parts:
        return [gettext("%(printed)s would be true of %(parts)s of %(whole)s.") % {**said, "parts": _span(parts)}]
    if wholes:
        return [gettext("%(printed)s would be true of %(part)s of %(wholes)s.") % {**said, "wholes": _span(wholes)}]
    return []


def about_sum(parts: Sequence[Figure], total: Figure, exact: Fraction, verdict: Verdict, slack: Fraction) -> str:
    """The note on a sum. `slack`: how far rounded shares may miss their total."""
    places = max(figure.places for figure in (*parts, total))
    made = gettext("The parts make %(exact)s.") % {"exact": number(exact, places)}
    if verdict is not Verdict.DISAGREES:
        if exact != total.value and slack:
            return (
                made + " " + gettext("Rounded shares may miss their total by %(slack)s.") % {"slack": number(slack, places + 1)}
            )
        if verdict is Verdict.AGREES_CUT:
            return made + " " + gettext("%(printed)s is cut off.") % {"printed": _as_printed(total)}
        return made
    difference = exact - total.value
    said = {
        "exact": number(exact, places), "total": _as_printed(total),
        "difference": number(abs(difference), places), "share": number(100 * abs(difference) / abs(total.value), 2)
        if total.value else "",
    }  # fmt: skip
    if difference > 0:
        first = gettext("The parts make %(exact)s, %(difference)s more than the printed %(total)s.") % said
    else:
        first = gettext("The parts make %(exact)s, %(difference)s less than the printed %(total)s.") % said
    return " ".join([first, *_explanations(parts, total, difference, places)])


def _explanations(parts: Sequence[Figure], total: Figure, difference: Fraction, places: int) -> list[str]:
    """What would make the sum true: one part too many, or one misprinted number."""
    left_out = [part for part in parts if part.value == difference]
    if left_out:
        return [gettext("Without %(part)s it would be true.") % {"part": _value(left_out[0])}]
    repaired = [
        gettext("%(right)s for %(printed)s") % {"right": number(part.value - difference, places), "printed": _value(part)}
        for part in parts
        if part.value - difference >= 0
    ]
    if not repaired or len(repaired) > MOST_MISPRINTS:
        return []
    return [
        gettext("One misprint would explain it: %(misprints)s.")
        % {"misprints": gettext(", or ").join(repaired)}
    ]  # fmt: skip


def about_count(found: Fraction, printed: Figure, verdict: Verdict, unit: str, organization: str, day: str) -> str:
    """The note on a figure compared with the register."""
    said = {
        "found": number(found, _needed(found, 3)), "unit": unit, "organization": organization, "day": day,
        "printed": _as_printed(printed), "difference": number(abs(found - printed.value), max(printed.places, _needed(found, 3))),
    }  # fmt: skip
    first = gettext("On %(day)s the register has %(found)s for “%(unit)s” in %(organization)s.") % said
    if verdict is not Verdict.DISAGREES:
        return first
    if found > printed.value:
        return first + " " + gettext("The printed %(printed)s is %(difference)s too few.") % said
    return first + " " + gettext("The printed %(printed)s is %(difference)s too many.") % said


def _span(bounds: tuple[int, int | None]) -> str:
    first, last = bounds
    if last is None:
        return gettext("%(first)s or more") % {"first": number(first)}
    if first == last:
        return number(first)
    return gettext("%(first)s to %(last)s") % {"first": number(first), "last": number(last)}


def _value(figure: Figure) -> str:
    return number(figure.value, figure.places)


def _as_printed(figure: Figure) -> str:
    """The printed figure in the reader's signs, with the decimals it was printed with."""
    return number(figure.value, figure.places)


def _needed(exact: Fraction, most: int) -> int:
    """The fewest decimals, at most `most`, that show `exact` without loss; else `most`."""
    return next((places for places in range(most) if verdicts.round_half_up(exact, places) == exact), most)
