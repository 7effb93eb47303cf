"""The facts of leaving as the register knows them, for many people at once. Unknown stays unknown.

Months of insured work are reckoned from the career on record, for the insurance record is not in the register: service in any
category with compulsory insurance, each full month once, however many posts were held. What is declared is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from canbo.registry import authority
from canbo.registry import facts as known
from canbo.registry.asking import Row, numbers, rows
from canbo.registry.models import Membership
from canbo.reports.caps import law
from canbo.rules.entitlements import Policies, policies_of
from canbo.rules.explain import find_values
from canbo.rules.schema import Fact

Category = Membership.Category
CATEGORIES = {
    Category.CADRE: "civil_servant", Category.CIVIL_SERVANT: "civil_servant",
    Category.PUBLIC_EMPLOYEE: "public_employee", Category.CONTRACT: "public_employee",
}  # fmt: skip
INSURED = [int(each) for each in Category if each != Category.ACTIVIST]
LEADS = ("head", "deputy")
#: Where facts come from, in words; kept in English and said in the reader's language.
CAREER = gettext_noop("career in the register; the social insurance book prevails")
POSTS = gettext_noop("register of posts")
LAW = gettext_noop("the rulebook")
TERM = gettext_noop("beginning of the post and its usual term")

_MORE = """
WITH held AS (
    SELECT DISTINCT ON (m.person_id) m.person_id, m.organization_id, m.category, lower(m.valid) AS since, upper(m.valid) AS until,
           CASE WHEN m.valid @> %(eve)s::date THEN %(eve)s::date ELSE upper(m.valid) - 1 END AS day, j.code AS job, j.names AS job_names,
           j.standing, j.term_months
    FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
    WHERE m.person_id = ANY (%(people)s) AND m.valid && daterange(NULL, %(on)s::date)
    ORDER BY m.person_id, (m.valid @> %(eve)s::date) DESC, upper(m.valid) DESC NULLS FIRST, (m.kind = 8)::int, j.rank NULLS LAST, m.id
), served AS (
    SELECT m.person_id, range_agg(m.valid * daterange(NULL, %(on)s::date)) AS days FROM {membership} m
    WHERE m.person_id = ANY (%(people)s) AND m.category = ANY (%(insured)s) AND lower(m.valid) < %(on)s::date GROUP BY m.person_id
), months AS (
    SELECT person_id, CASE WHEN lower_inf(days) THEN NULL ELSE (
        SELECT sum(extract(year FROM age(upper(part), lower(part))) * 12 + extract(month FROM age(upper(part), lower(part))))::int
        FROM unnest(days) AS part) END AS months
    FROM served
), paid AS (
    SELECT DISTINCT ON (s.person_id) s.person_id, s.coefficient, s.confirmed_by_id IS NOT NULL AS confirmed, o.title || '; ' || d.number AS source
    FROM {salarystep} s JOIN {source} o ON o.id = s.source_id JOIN {decision} d ON d.id = s.decision_id
    WHERE s.person_id = ANY (%(people)s) AND s.valid @> %(eve)s::date ORDER BY s.person_id, lower(s.valid) DESC, s.id DESC
)
SELECT q.id, q.identification_number, n.family, n.given, h.organization_id, h.category, h.since, h.until, h.job, h.job_names, h.standing, h.term_months,
       c.code AS unit, b.name AS unit_name, k.structure, t.months, s.coefficient, s.confirmed AS pay_confirmed, s.source AS pay_source
FROM {person} q LEFT JOIN {personname} n ON n.person_id = q.id AND n.valid @> %(eve)s::date
LEFT JOIN held h ON h.person_id = q.id LEFT JOIN months t ON t.person_id = q.id LEFT JOIN paid s ON s.person_id = q.id
LEFT JOIN {organizationcode} c ON c.organization_id = h.organization_id AND c.valid @> h.day
LEFT JOIN {organizationname} b ON b.organization_id = h.organization_id AND b.valid @> h.day
LEFT JOIN {organizationstatus} t2 ON t2.organization_id = h.organization_id AND t2.valid @> h.day LEFT JOIN {kind} k ON k.code = t2.kind_id
WHERE q.id = ANY (%(people)s)
"""


@dataclass(frozen=True)
class Known:
    """One person: the row of the register (number, name, main post and its body), and the facts for the law."""

    row: Row
    facts: Mapping[str, Fact]

    @property
    def covered(self) -> bool:
        """Whether the articles speak of such people at all: of activists and the armed forces they do not."""
        return self.row["category"] is None or self.row["category"] in CATEGORIES

    @property
    def by_term(self) -> bool:
        """Whether the post is held by term, as leading posts are: what is known as never having been is not."""
        return self.row["job"] is None or bool(self.row["term_months"])


def of(
    people: Iterable[int], *, on: date, reorganised: date | None, next_jobs: Mapping[int, str | None] | None = None
) -> dict[int, Known]:
    """What is known of people (ids) who would leave on a day; whoever may not be seen is left out.

    `on`: first day without service; grades are those of the last years that have ended by today. `reorganised`: first day of the reorganisation that touches them; None: none does.
    `next_jobs`: the job to which a person goes, where one does.
    """
    ids, eve = seen(people), on - timedelta(days=1)
    if not ids:
        return {}
    query, parameters = known.rows(min(eve, date.today()), ids)
    with authority.everything_in_sight(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(query, parameters)
        names = [column.name for column in cursor.description]
        base = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
        more = rows(_MORE, {"people": ids, "on": on, "eve": eve, "insured": INSURED})
    allowances = Allowances(eve)
    return {
        row["id"]: Known(row, _facts(base[row["id"]], row, on, reorganised, (next_jobs or {}).get(row["id"]), allowances))
        for row in more
    }


# As the wall says it of one person (canbo_file_within in sight.sql), of all of them in one pass over what they ever held.
_WITHIN = """
SELECT person_id AS id FROM (
    SELECT m.person_id, m.organization_id = ANY (%(scope)s::bigint[]) AS here, upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE AS serves
    FROM {membership} m WHERE m.person_id = ANY (%(people)s::bigint[])
) AS held GROUP BY person_id HAVING bool_or(here AND serves) OR (bool_or(here) AND NOT bool_or(serves))
"""


def seen(people: Iterable[int]) -> list[int]:
    """Those whose file the running transaction may see: those whom the wall (sight.sql) would show one by one.

    Of these alone everything is read. Put on each of ten tables, the wall would be worked out for all the hundred thousand in
    reach, ten times; asked of each person by itself it takes a minute for a province.
    """
    asked = sorted(set(people))
    (by,) = rows("SELECT canbo_sees_all() AS everything, canbo_self() AS own, canbo_scope() AS scope")
    if by["everything"] or not asked:
        return asked
    with authority.everything_in_sight():
        found = {row["id"] for row in rows(_WITHIN, {"people": asked, "scope": numbers(by["scope"])})}
    return [each for each in asked if each in found or each == by["own"]]


def _facts(
    base: Row, row: Row, on: date, reorganised: date | None, next_job: str | None, allowances: Allowances
) -> dict[str, Fact]:
    category = CATEGORIES.get(row["category"])
    grades: Any = tuple(known.GRADES.get(base[f"grade{year}"]) for year in range(known.YEARS))
    found = {
        "person.sex": _fact(base["sex"], POSTS),
        "person.born": _fact(known.born(base["birth_on"], base["birth_precision"]), "", base["confirmed"]),
        "person.grades": Fact(grades),
        "leave.on": Fact(on),
        "leave.category": _fact(category, POSTS),
        "leave.insured_months": _fact(row["months"], CAREER),
        "pay.coefficient": _fact(row["coefficient"], row["pay_source"] or "", row["pay_confirmed"]),
        "pay.position_allowance": allowances.of(row["job"], row["standing"], row),
        "pay.public_service_rate": _fact(rate(category, on), LAW),
        "pay.post_lost_on": Fact(min(on, row["until"] or on)),
    }
    if reorganised is not None:
        found["leave.reorganised_on"] = Fact(reorganised)
    if next_job is not None:
        found["pay.next_allowance"] = allowances.of(next_job, allowances.standing(next_job), row)
    if row["since"] is not None and row["term_months"] and row["standing"] in LEADS:
        found["pay.term_ends_on"] = Fact(_later(row["since"], row["term_months"]), TERM)
    return found


def _fact(value: Any, source: str, confirmed: bool | None = None) -> Fact:
    return Fact(None, source, reason_unknown="not_recorded") if value is None else Fact(value, source, confirmed=confirmed)


def rate(category: str | None, on: date) -> int | None:
    """The public-service allowance, which cadres and civil servants alone draw; None where the category is not known."""
    if category is None:
        return None
    return int(law().parameters.lookup("public_service_percent", on=on)) if category == "civil_servant" else 0  # type: ignore[arg-type]


def _later(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))


class Allowances:
    """Leadership allowances on a day by job and place, each asked of the articles once."""

    def __init__(self, eve: date) -> None:
        self.eve = eve
        self.told: Policies = policies_of(law().path)
        self._known: dict[tuple[str, bool], Fact] = {}
        self._standing: dict[str, str] = {}

    def of(self, job: str | None, standing: str | None, row: Row) -> Fact:
        """The coefficient of a post; nought for who leads nobody, unknown where no article gives it: the decree speaks of the
        government's bodies, and heads of the Party's boards go by a text that was not found."""
        if job is None or row["unit"] is None:
            return _fact(None, POSTS)
        if standing == "staff":
            return Fact(0, POSTS)
        if row["structure"] != "government":
            return _fact(None, POSTS)
        big = row["unit"].split(".")[0].split("/")[0] in self.told.big_cities
        if (job, big) not in self._known:
            self._known[job, big] = self._asked(job, big)
        return self._known[job, big]

    def standing(self, job: str) -> str | None:
        """The standing of a job, by its code."""
        if not self._standing:
            self._standing = {row["code"]: row["standing"] for row in rows("SELECT code, standing FROM {job}")}
        return self._standing.get(job)

    def _asked(self, job: str, big: bool) -> Fact:
        post, corpus = self.told.leadership.get(job), law()
        if post is None or not any(article.gives == "leadership_allowance" for article in corpus.in_force(self.eve, "pay")):
            return _fact(None, POSTS)
        facts = {"pay.leadership_post": Fact(post), "pay.big_city": Fact(big), "pay.month": Fact(self.eve.replace(day=1))}
        for verdict in find_values(corpus, name="leadership_allowance", facts=facts, on=self.eve):
            if verdict.outcome == "value":
                return Fact(verdict.value, verdict.ruling.article.source.cite("en"))  # type: ignore[arg-type]
        return _fact(None, POSTS)
