"""What the register and a case know that a document could say: gathered for `wording`, which asks for what it needs.

All names come in every language the register has them in. What is not known is left out, so that the document says which
data it lacks instead of saying something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings

from canbo.procedures.letters.wording import book, kind_of, symbol
from canbo.procedures.models import Case, Count, Step
from canbo.registry import people, queries
from canbo.registry.asking import one
from canbo.registry.models import Organization, Person, Post
from canbo.rules import corpus
from canbo.rules import procedure as law

Data = dict[str, Any]


def of_case(case: Case, kind: str, *, on: date, step: Step | None = None, person: Person | None = None) -> Data:
    """Everything that the case and the register know for a document of a kind on a day."""
    person, post = person or case.person, case.post
    data: Data = {"on": on, **of_issuer(issuer_of(case, kind), kind, on=on)}
    if person is not None:
        data["person"] = of_person(person, on=on)
    if post is not None:
        data["post"] = of_post(post, on=on)
        if kind != "decision-elect" and post.job.term_months is not None and case.effective_on is not None:
            data["term"] = post.job.term_months
    if case.effective_on is not None:
        data["from"] = case.effective_on
    data |= {name: value for name, value in _of_verdict(case, person).items() if value}
    steps = _steps(case)
    return {**data, **({"steps": steps} if steps else {}), **(_of_step(step) if step is not None else {})}


def issuer_of(case: Case, kind: str) -> int:
    """The body that issues a document of this kind in the case: the one that decides, or the one of the post."""
    own = case.organization_id or (case.post.organization_id if case.post is not None else None)
    shape = book(settings.CANBO_RULEBOOK).shapes["shapes"][kind_of(settings.CANBO_RULEBOOK, kind).shape]
    manager = case.manager_id or (case.post.managed_by_id if case.post is not None else None)
    found = manager or own if shape["issuer"] == "manager" else own or manager
    if found is None:
        raise queries.NotInRegister(f"case {case.pk} names no body")
    return found


def of_issuer(organization: int | Organization, kind: str, *, on: date) -> Data:
    """The body as a document names it, the letters by which it signs, and the place where it sits."""
    number = organization.pk if isinstance(organization, Organization) else organization
    unit = queries.unit_by_id(number, on=on)
    form = book(settings.CANBO_RULEBOOK).form
    known = form["issuers"].get(unit.kind, {})
    issuer = {
        "name": unit.name, "symbol": known.get("symbol") or _initials(unit.name), "authority": unit.name,
        "form": known.get("form") or ("party" if unit.structure in form["parties"] else "state"),
    }  # fmt: skip
    above = queries.unit_by_id(unit.parent_id, on=on) if unit.parent_id is not None else None
    if above is not None and above.structure != "unit":
        issuer["above"] = above.name
    place = one(_PLACE, {"id": number, "on": on})
    return {
        "issuer": issuer, "symbol": symbol(settings.CANBO_RULEBOOK, kind, issuer), **({"place": place["name"]} if place else {}),
    }  # fmt: skip


# The ground on which a body sits: its own, or that of the nearest body above it that has one.
_PLACE = """
WITH RECURSIVE above (id, depth) AS (
    SELECT %(id)s::bigint, 0
    UNION ALL SELECT p.parent_id, a.depth + 1 FROM above a
    JOIN {organizationparent} p ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 32
) SELECT g.name FROM above a JOIN {organization} o ON o.id = a.id JOIN {area} g ON g.id = o.area_id ORDER BY a.depth LIMIT 1
"""


def of_person(person: Person, *, on: date) -> Data:
    """How a document names a person: form of address, name, birth as far as it is known, present post."""
    row = people.person(person.pk, on=on)
    honorific = book(settings.CANBO_RULEBOOK).form["honorific"]
    told: Data = {"title": honorific[row["sex"] or "unknown"]}
    if row["family"] is not None:
        told["name"] = f"{row['family']} {row['given']}"
    born, known = row["birth_on"], row["birth_precision"]
    if born is not None:
        told["born"] = {"D": born, "M": f"{born.month:02}/{born.year}", "Y": born.year}[known]
    now = [each for each in people.career(person.pk) if each["since"] <= on and (each["until"] is None or on < each["until"])]
    if now:
        best = min(now, key=lambda each: (each["rank"] is None, each["rank"] or 0, each["id"]))
        told["post"] = _titled(best["job_names"], best["organization_name"])
    return told


def of_post(post: Post, *, on: date) -> Data:
    """How a document names a post: its title, and its body."""
    return {"title": post.job.names, "organization": queries.unit_by_id(post.organization_id, on=on).name}


def _titled(title: Mapping[str, str], body: Mapping[str, str] | None) -> dict[str, str]:
    """A title with its body, in each language that has the title; the body in the language there is."""
    if not body:
        return dict(title)
    return {
        language: f"{said}, {body.get(language) or body.get('en') or next(iter(body.values()))}".replace(
            ", ", "، " if language == "fa" else ", "
        )
        for language, said in title.items()
    }


def _initials(name: Mapping[str, str]) -> str:
    words = (name.get("vi") or next(iter(name.values()))).split()
    return "".join(word[0] for word in words if word[0].isalpha()).upper()[:8]


def _of_verdict(case: Case, person: Person | None) -> Data:
    """The reasons that stand in the way, and what is met, each with its citation, as the verdict was kept."""
    verdict = case.verdict
    if person is not None:
        put = case.candidates.filter(person=person, verdict__isnull=False).order_by("-pk").first()
        verdict = put.verdict if put is not None else verdict
    told: dict[str, list[Data]] = {"pass": [], "fail": [], "unknown": []}
    for article in (verdict or {}).get("articles", ()):
        if article["outcome"] in told:
            told[article["outcome"]].append({"text": article["reason"], "citation": article["citation"]["text"]})
    return {"reasons": told["fail"] or told["unknown"], "verdict": told["fail"] + told["unknown"] + told["pass"]}


def _steps(case: Case) -> list[Data]:
    """The votes that were held: the name with the most votes in each, and of how many."""
    found = []
    for count in case.counts.select_related("step").order_by("step__turn"):
        for row in _rows(count):
            found.append({
                "name": _title(count.step), "day": count.step.closed_on, "person": row["name"], "yes": row["yes"], "of": count.convened,
            })  # fmt: skip
    return found


def _of_step(step: Step) -> Data:
    """The meeting of a step and its count."""
    data: Data = {"meeting": {"title": _title(step), "subject": _title(step)}}
    if step.closed_on is not None:
        data["meeting"]["day"] = step.closed_on
    count = Count.objects.filter(step=step).first()
    if count is not None:
        data["meeting"] |= {"convened": count.convened, "present": count.present}
        data["count"] = {
            "convened": count.convened, "present": count.present, "issued": count.issued, "returned": count.collected,
            "valid": count.valid, "invalid": count.invalid + count.blank, "rows": _rows(count),
        }  # fmt: skip
    return data


def _rows(count: Count) -> list[Data]:
    """Votes by name, the most first; votes by level are told level by level."""
    names = people.brief([int(number) for number in count.votes], on=count.step.closed_on or count.case.on)
    rows = []
    for number, votes in count.votes.items():
        found = names.get(int(number))
        name = f"{found['family']} {found['given']}" if found else f"#{number}"
        each = votes.items() if isinstance(votes, Mapping) else [("", votes)]
        for level, figure in each:
            rows.append({
                "name": f"{name}: {level}" if level else name, "yes": figure, "no": count.valid - figure,
                "share": round(100 * figure / count.convened, 1) if count.convened else 0,
            })  # fmt: skip
    return sorted(rows, key=lambda row: -row["yes"])


def _title(step: Step) -> dict[str, str] | str:
    """What the law calls a step; its own word where the rulebook no longer has it."""
    try:
        found = law.opened(corpus.find(settings.CANBO_RULEBOOK))[step.case.procedure]
        return dict(found.version(step.case.version).step(step.name).title)
    except KeyError:
        return step.name
