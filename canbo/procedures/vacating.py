"""The board of vacancies: leading posts without a holder, since when, how long the law lets it last, what is under way.

Whoever acts as head does not fill a post. Time to fill is counted from the day on which the last holder of a seat left
to the day on which the next one entered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from canbo.procedures import boards, bodies, deadlines
from canbo.procedures.cases import RUNNING
from canbo.procedures.models import Case
from canbo.registry import authority
from canbo.registry.asking import Row, rows
from canbo.registry.models import Account, Membership
from canbo.rules import procedure as law
from canbo.rules.procedure import Norm

ACT = "vacancy.read"
PATH = ("vacancy", "appointment-on-site")  # the procedures that a post goes through from falling vacant to being held
FILLING = frozenset({"fill", "appoint", "elect", "rotate", "acting", "reappoint"})
YEARS = 3  # of which the time to fill is told
ACTING = int(Membership.Kind.ACTING)
STANDINGS = ("head", "deputy")


@dataclass(frozen=True)
class Vacancy:
    """A leading post with free seats.

    since    when the last holder left; where nobody ever held it, the first day of the post (`never`)
    due      the last day on which it is filled by the norms of the procedures
    acting   somebody acts as head meanwhile
    planned  how many stand in the plan for it
    case     number and procedure of a running case about it
    """

    post: int
    organization: int
    standing: str
    free: int
    since: date | None
    never: bool
    due: date | None
    acting: bool
    planned: int
    case: tuple[int, str] | None
    on: date

    @property
    def overdue(self) -> bool:
        return self.due is not None and self.due < self.on

    @property
    def days(self) -> int | None:
        """How long it has been vacant."""
        return None if self.since is None else (self.on - self.since).days


@dataclass(frozen=True)
class Filled:
    """How long it took to fill the leading posts that fell vacant: `median` days over `count` of them.

    at_once   seats handed over without a day between, which are not in the median
    by_year   (year, median days, number) by the year in which they were filled
    """

    count: int
    median: float | None
    at_once: int
    by_year: Sequence[tuple[int, float, int]]


@dataclass(frozen=True)
class Board:
    """The vacancies of a unit, the longest first; `norm`: working days from falling vacant to being held."""

    on: date
    norm: int | None
    posts: int
    vacancies: Sequence[Vacancy]
    filled: Filled

    @property
    def overdue(self) -> int:
        return sum(one.overdue for one in self.vacancies)

    @property
    def without_case(self) -> int:
        return sum(one.case is None for one in self.vacancies)

    @property
    def without_plan(self) -> int:
        return sum(not one.planned for one in self.vacancies)


def board(*, by: Account, root: int, on: date) -> Board:
    """The leading posts beneath a body that nobody holds on a day. Raises NotAllowed."""
    places = boards.within(by, ACT, root=root, on=on)
    norm = norm_days(on)
    with authority.everything_in_sight():  # that a seat is held is no secret, and nothing else is told of who held it
        found, filled, posts = _vacant(places, on), time_to_fill(places, on), _leading(places, on)
    cases = _cases([row["post"] for row in found])
    dues: dict[date, date] = {}
    listed = [_vacancy(row, norm, dues, cases, on) for row in found]
    return Board(on, norm, posts, listed, filled)


def norm_days(on: date) -> int | None:
    """Working days that the procedures give from a vacancy to its filling on a day; None where none is in force."""
    kinds = law.opened(bodies.rulebook())
    versions = [kinds[name].on(on) for name in PATH]
    steps = [step for version in versions if version is not None for step in version.steps]
    norms = [step.norm.number for step in steps if step.norm is not None and step.norm.unit == "working_days"]
    return sum(norms) or None


def _vacancy(row: Row, norm: int | None, dues: dict[date, date], cases: Mapping[int, tuple[int, str]], on: date) -> Vacancy:
    since = row["since"] or row["began"]
    if norm is not None and since is not None and since not in dues:
        dues[since] = deadlines.after(since, Norm(norm, "working_days"))
    return Vacancy(
        row["post"], row["organization"], row["standing"], row["free"], since, row["since"] is None,
        dues.get(since) if norm is not None and since is not None else None, row["acting"], row["planned"], cases.get(row["post"]), on,
    )  # fmt: skip


def _vacant(places: list[int] | None, on: date) -> list[Row]:
    return rows(
        f"""
        WITH post AS (
            SELECT p.id, p.organization_id, j.standing, j.rank, lower(p.valid) AS began,
                   (SELECT count(*) FROM {{seat}} s WHERE s.post_id = p.id AND s.valid @> %(on)s::date) AS seats,
                   (SELECT count(*) FROM {{membership}} m
                    WHERE m.post_id = p.id AND m.valid @> %(on)s::date AND m.kind <> {ACTING}) AS filled
            FROM {{post}} p JOIN {{job}} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
            WHERE p.valid @> %(on)s::date AND {boards.only("p.organization_id", places)}
        )
        SELECT post.id AS post, organization_id AS organization, standing, seats - filled AS free, began, h.since, h.acting,
               (SELECT count(*) FROM {{succession}} r WHERE r.post_id = post.id AND r.valid @> %(on)s::date) AS planned
        FROM post CROSS JOIN LATERAL (
            SELECT max(upper(m.valid)) FILTER (WHERE upper(m.valid) <= %(on)s::date AND m.kind <> {ACTING}) AS since,
                   coalesce(bool_or(m.valid @> %(on)s::date AND m.kind = {ACTING}), false) AS acting
            FROM {{membership}} m WHERE m.post_id = post.id
        ) AS h
        WHERE seats > filled ORDER BY coalesce(h.since, began) NULLS LAST, standing DESC, rank NULLS LAST, post.id
        """,
        {"on": on, "places": places or []},
    )


def _leading(places: list[int] | None, on: date) -> int:
    found = rows(
        f"SELECT count(*) AS n FROM {{post}} p JOIN {{job}} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')"
        f" WHERE p.valid @> %(on)s::date AND {boards.only('p.organization_id', places)}",
        {"on": on, "places": places or []},
    )
    return int(found[0]["n"])


def _cases(posts: list[int]) -> dict[int, tuple[int, str]]:
    """The latest running case that could fill each of these posts."""
    names = [kind.id for kind in law.opened(bodies.rulebook()).values() if kind.effect in FILLING]
    running = Case.objects.filter(post_id__in=posts, state__in=RUNNING, procedure__in=[*names, "appointment"]).order_by("pk")
    return {post: (pk, procedure) for post, pk, procedure in running.values_list("post_id", "pk", "procedure")}


def time_to_fill(places: list[int] | None, on: date) -> Filled:
    """How long the seats stood empty that were filled in the last years up to a day."""
    found = rows(
        f"""
        WITH filled AS (
            SELECT extract(year FROM lower(m.valid))::int AS year, lower(m.valid) - before.until AS days
            FROM {{membership}} m JOIN {{post}} p ON p.id = m.post_id
            JOIN {{job}} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
            CROSS JOIN LATERAL (
                SELECT max(upper(e.valid)) AS until FROM {{membership}} e
                WHERE e.post_id = m.post_id AND e.seat = m.seat AND e.kind <> {ACTING} AND upper(e.valid) <= lower(m.valid)
            ) AS before
            WHERE lower(m.valid) > %(from)s::date AND lower(m.valid) <= %(on)s::date AND m.kind <> {ACTING}
              AND before.until IS NOT NULL AND {boards.only("m.organization_id", places)}
        )
        SELECT year, count(*) FILTER (WHERE days > 0) AS n, count(*) FILTER (WHERE days = 0) AS at_once,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY days) FILTER (WHERE days > 0) AS median
        FROM filled GROUP BY GROUPING SETS ((), (year)) ORDER BY year
        """,
        {"on": on, "from": date(on.year - YEARS, on.month, min(on.day, 28)), "places": places or []},
    )
    whole: Any = next((row for row in found if row["year"] is None), {"n": 0, "median": None, "at_once": 0})
    years = [(row["year"], float(row["median"]), row["n"]) for row in found if row["year"] is not None and row["n"]]
    return Filled(whole["n"], None if whole["median"] is None else float(whole["median"]), whole["at_once"], years)
