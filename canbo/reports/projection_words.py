"""A projection in words: what the measures are called, how a figure is written, what was found by search and back-test."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from canbo.registry.saying import digits
from canbo.reports import projection as reports
from canbo.reports import wording

LABELS: dict[str, str | Promise] = {
    "headcount": gettext_lazy("People in service at the end of the year"), "retirements": gettext_lazy("Retirements by age"),
    "leaving": gettext_lazy("Leaving for other reasons"), "recruits": gettext_lazy("Newcomers"),
    "vacancies": gettext_lazy("Vacant seats"), "age": gettext_lazy("Average age"), "women": gettext_lazy("Share of women"),
    "degree": gettext_lazy("Master’s or doctor’s degree"), "terms": gettext_lazy("Terms of leaders that end"),
    "promotions": gettext_lazy("People who begin to lead"), "succession": gettext_lazy("Planned successors for each leading post"),
}  # fmt: skip
LEVERS: dict[str, str | Promise] = {
    "recruit": gettext_lazy("Recruit more"), "train": gettext_lazy("Train for a master’s degree"),
    "later": gettext_lazy("Retire later"), "rotate": gettext_lazy("Rotate leaders"),
}  # fmt: skip


#: Measures that are no whole numbers.
FINE = (*reports.SHARES, "age", "succession")


def figure(measure: str, value: float, *, short: bool = False) -> str:
    """A figure of a measure as the reader writes it; `short`: without more places than it needs."""
    if measure in reports.SHARES:
        places = 0 if short and abs(value * 100 - round(value * 100)) < 1e-6 else 1
        return percent(value, places)
    places = {"succession": 2, "age": 1}.get(measure, 0)
    if short:
        places = next((fewer for fewer in range(places) if abs(value - round(value, fewer)) < 1e-6), places)
    return wording.number(Fraction(value), places)


def percent(share: float, places: int = 0) -> str:
    """A share in per cent, with the sign of the language."""
    return wording.number(Fraction(share) * 100, places) + ("٪" if (get_language() or "").startswith("fa") else "%")


def searched(found: reports.Projected) -> Iterator[str]:
    """What the search for the cheapest mix found."""
    if found.mix is None:
        return
    levers = found.mix.levers
    pulled = [f"{LEVERS[name]}: {lever(name, value)}" for name, value in vars(levers).items() if value]
    words = {"levers": "; ".join(pulled) or "–", "cost": wording.number(Fraction(found.mix.cost), 2)}
    yield (
        _("The cheapest mix that reaches it: %(levers)s. Cost: %(cost)s.") % words
        if found.mix.reached
        else _("No mix within the limits reaches it; nearest: %(levers)s. Cost: %(cost)s.") % words
    )
    for target in found.asked.targets:
        middle, share = target.found(found.mix.course)
        yield _("%(measure)s, end of %(year)s: %(found)s in the middle, asked for %(wanted)s; reached in %(share)s of the runs.") % {
            "measure": LABELS[target.measure], "year": digits(target.year), "found": figure(target.measure, middle),
            "wanted": ("≥ " if target.least else "≤ ") + figure(target.measure, target.value), "share": percent(share),
        }  # fmt: skip


def lever(name: str, value: float) -> str:
    """How far a lever is pulled."""
    if name in ("recruit", "train"):
        return _("%(number)s people a year") % {"number": wording.number(Fraction(value))}
    return percent(value)


def tested(found: reports.Projected) -> Iterator[str]:
    """What the back-test says, and of how many nothing can be told."""
    told = found.backtest
    if told.coverage is None:
        yield _("The past is too short for a back-test: nothing says yet how good the interval is.")
    else:
        yield _("Back-test: %(held)s of %(of)s figures of the past lay within the interval, %(share)s; %(right)s would be right.") % {
            "held": wording.number(sum(one.inside for one in told.steady)), "of": wording.number(len(told.steady)),
            "share": percent(told.coverage), "right": percent(0.8),
        }  # fmt: skip
    unsure = found.unknown()["retirement"]
    if unsure["people"]:
        yield _("Of %(people)s people (%(share)s) nobody can say when they retire.") % {
            "people": wording.number(unsure["people"]), "share": percent(unsure["share"], 1),
        }  # fmt: skip
