"""What the register and a case know that a document could say: gathered for `wording`, which asks for what it needs.

All names come in every language the register has them in. What is not known is left out, so that the document says which
data it lacks instead of saying something else. Sees only what the running transaction may see; but who signed, and for
whom votes were cast, is told to whoever may see the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from canbo.procedures.grounds import committee_post
from canbo.procedures.letters.wording import book, kind_of, symbol
from canbo.procedures.models import Actor, Candidate, Case, Count, Ruling, Step
from canbo.registry import asking, authority, people, queries
from canbo.registry.asking import Row, one, rows
from canbo.registry.models import Account, Organization, Person, Post
from canbo.rules import corpus
from canbo.rules import procedure as law

Data = dict[str, Any]
Words = dict[str, str]


def of_case(
    case: Case, kind: str, *, on: date, step: Step | None = None, person: Person | None = None, signer: Account | None = None
) -> Data:
    """Everything that the case and the register know for a document of a kind on a day. `signer`: who signs what no ruling and no vote signs."""
    person, post = person or case.person, case.post or _post_to_fill(case)
    issuer = issuer_of(case, kind, step)
    data: Data = {"on": on, **of_issuer(issuer, kind, on=on), "to": _addressees(case, issuer, person, on)}
    if person is not None:
        data["person"] = of_person(person, on=on)
    if kind.startswith("decision-") and case.organization_id not in (None, issuer):
        data["proposed_by"] = queries.unit_by_id(case.organization_id, on=on).name
    if post is not None:
        data["post"] = of_post(post, on=on)
        if kind == "decision-appoint" and post.job.term_months is not None:
            data["term"] = post.job.term_months
    told = ("told", case.pk, step and step.pk, person and person.pk, on)  # the same in each document of a step
    data |= asking.once(told, lambda: _told(case, step, person, on))
    signatures = _signatures(case, kind, step, signer, issuer, on)
    return {**data, **({"signatures": signatures} if signatures else {})}


def _told(case: Case, step: Step | None, person: Person | None, on: date) -> Data:
    """What the case says by itself, whichever the document."""
    data: Data = {"from": case.effective_on or on, "asked": case.on, "reason": _reason(case), "plan": _plan(case, on)}
    data |= {name: value for name, value in _of_verdict(case, person).items() if value}
    data |= {"steps": steps} if (steps := _steps(case)) else {}
    return data | (_of_step(case, step, on) if step is not None else {})


def _post_to_fill(case: Case) -> Post | None:
    """For what a case about a body elects or introduces: the post of its terms, else the seats of the body's committee."""
    number = committee_post(case, using="default")
    return Post.objects.select_related("job").get(pk=number) if number is not None else None


def issuer_of(case: Case, kind: str, step: Step | None = None) -> int:
    """The body that issues a document in the case: a decision the body that decides, else the one that took the step."""
    own = case.organization_id or (case.post.organization_id if case.post is not None else None)
    manager = case.manager_id or (queries.manager(case.post.pk, on=case.on) if case.post is not None else None)
    this = kind_of(settings.CANBO_RULEBOOK, kind)
    took = None
    if step is not None and this.shape != "decision":
        acted = step.actors.filter(organization__isnull=False).values_list("organization_id", flat=True)
        took = asking.once(("took", step.pk), lambda: acted.first())
    usual = book(settings.CANBO_RULEBOOK).shapes["shapes"][this.shape]["issuer"]
    found = took or (manager or own if usual == "manager" else own or manager)
    if found is None:
        raise queries.NotInRegister(_("The case names no body that could issue a document."))
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
        "collective": bool(known.get("collective")),
    }  # fmt: skip
    above = queries.unit_by_id(unit.parent_id, on=on) if unit.parent_id is not None else None
    if above is not None and above.structure != "unit":
        issuer["above"] = above.name
    place = one(_PLACE, {"id": number, "on": on})
    told = {"issuer": issuer, "symbol": symbol(settings.CANBO_RULEBOOK, kind, issuer)}
    return {**told, **({"place": place["name"]} if place else {})}


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
    row, form = people.person(person.pk, on=on), book(settings.CANBO_RULEBOOK).form
    told: Data = {"title": form["honorific"][row["sex"] or "unknown"], "born": form["no_birth"], "post": form["no_post"]}
    if row["family"] is not None:
        told["name"] = f"{row['family']} {row['given']}"
    born, known = row["birth_on"], row["birth_precision"]
    if born is not None:
        told["born"] = {"D": born, "M": f"{born.month:02}/{born.year}", "Y": born.year}[known]
    held = _held(person.pk, on)
    if held:
        told["post"] = _titled(held[0]["job_names"], held[0]["organization_name"])
    return told


def of_post(post: Post, *, on: date) -> Data:
    """How a document names a post: its title, and its body."""
    return {"title": post.job.names, "organization": queries.unit_by_id(post.organization_id, on=on).name}


# ---- who signs, and to whom it goes


def _signatures(case: Case, kind: str, step: Step | None, signer: Account | None, issuer: int, on: date) -> list[Data]:
    """Whoever signed the ruling; of a vote a counter and the chair; of all else whoever acts."""
    form = book(settings.CANBO_RULEBOOK).form
    if kind.startswith("decision-"):
        ruling = Ruling.objects.filter(case=case, signed_by__isnull=False).select_related("signed_by").first()
        return [signature_of(ruling.signed_by, issuer, on)] if ruling is not None and ruling.signed_by is not None else []
    if kind in ("minutes", "count-sheet") and step is not None:
        actor = _chair(step)
        chair = actor.account if actor is not None else signer
        found = [{"capacity": [form["chair"]], "name": signature_of(chair, issuer, on)["name"]}] if chair is not None else []
        count = _count(step)
        committee = [each["person"] for each in count.committee if each.get("person")] if count is not None else []
        counter = next((pk for pk in committee if chair is None or pk != chair.person_id), None)
        names = _names([counter], on) if counter else {}
        return [*({"capacity": [form["counters"]], "name": name} for name in names.values()), *found]
    return [signature_of(signer, issuer, on)] if signer is not None else []


def signature_of(account: Account, issuer: int, on: date) -> Data:
    """The lines above a signature: on whose behalf, in whose place, in which post; and the name."""
    form = book(settings.CANBO_RULEBOOK).form
    body = of_issuer(issuer, "decision-appoint", on=on)["issuer"]
    if account.person_id is None:
        return {"capacity": [body["name"]], "name": account.label}
    with authority.everything_in_sight():
        held, row = _held(account.person_id, on), people.person(account.person_id, on=on)
        head = one(_HEAD, {"id": issuer, "on": on})
    own = next((each for each in held if each["organization_id"] == issuer), held[0] if held else None)
    words = form["forms"][body["form"]]
    lines: list[Any] = [_put(words["on_behalf"], body=body["name"])] if body["collective"] else []
    if own is not None:
        if own["standing"] == "deputy" and head is not None and own["organization_id"] == issuer:
            lines.append(_put(words["in_place_of"], head=head["names"]))
        lines.append(own["job_names"])
    return {"capacity": lines or [body["name"]], "name": f"{row['family']} {row['given']}"}


_HEAD = """
SELECT j.names FROM {post} p JOIN {job} j ON j.id = p.job_id AND j.standing = 'head'
WHERE p.organization_id = %(id)s AND p.valid @> %(on)s::date ORDER BY j.rank NULLS LAST, p.id LIMIT 1
"""


def _addressees(case: Case, issuer: int, person: Person | None, on: date) -> list[Any]:
    """The other body of the case; where there is none, the person."""
    others = [pk for pk in (case.manager_id, case.organization_id) if pk is not None and pk != issuer]
    if others:
        return [queries.unit_by_id(others[0], on=on).name]
    named = of_person(person, on=on) if person is not None else {}
    return [_joined(named["title"], named["name"])] if "name" in named else [queries.unit_by_id(issuer, on=on).name]


# ---- what the case says


def _of_verdict(case: Case, person: Person | None) -> Data:
    """The reasons that stand in the way, and what is met, each with its citation, as the verdict was kept."""
    told: dict[str, list[Data]] = {"pass": [], "fail": [], "unknown": []}
    for article in _articles(case, person):
        told[article["outcome"]].append(
            {"text": _joined(article["title"], article["reason"], ": "), "citation": article["citation"]}
        )
    return {"reasons": told["fail"] or told["unknown"], "verdict": told["fail"] + told["unknown"] + told["pass"]}


def _articles(case: Case, person: Person | None) -> list[Data]:
    """The articles that answered, of the person's own verdict or else the case's: what a document says of them, cut out by
    the database, as the whole trees behind them are a hundred times as long."""
    found = one(_ARTICLES, {"case": case.pk, "person": person.pk if person is not None else None})
    return found["articles"] if found and found["articles"] else []


_ARTICLES = """
SELECT (SELECT jsonb_agg(jsonb_build_object('outcome', a -> 'outcome', 'title', a -> 'title', 'reason', a -> 'reason',
                                            'citation', a -> 'citation' -> 'text') ORDER BY n)
        FROM jsonb_array_elements(v.verdict -> 'articles') WITH ORDINALITY AS each (a, n)
        WHERE a ->> 'outcome' IN ('pass', 'fail', 'unknown')) AS articles
FROM (SELECT coalesce(
        (SELECT verdict FROM procedures_candidate
         WHERE case_id = %(case)s AND person_id = %(person)s::bigint AND verdict IS NOT NULL ORDER BY id DESC LIMIT 1),
        (SELECT verdict FROM procedures_case WHERE id = %(case)s)) AS verdict) v
"""


def _reason(case: Case) -> Any:
    """Why, in the words of whoever proposed it; where nobody wrote any, the law by which the case was carried through."""
    text = (
        case.steps.filter(closed_at__isnull=False, said__text__gt="")
        .order_by("turn")
        .values_list("said__text", flat=True)
        .first()
    )
    if text:
        return text
    found = _law(case)
    return _joined(found[0].title, found[1].source, ": ") if found is not None else case.procedure


def _plan(case: Case, on: date) -> Data:
    """The names that go on, each with the present post and the one named for."""
    numbers = list(case.candidates.filter(state=Candidate.State.THROUGH).order_by("pk").values_list("person_id", flat=True))
    names, listed = _names(numbers, on), []
    for number in numbers:
        with authority.everything_in_sight():
            held = _held(number, on)
        listed.append({
            "name": names.get(number, f"#{number}"),
            "post": _titled(held[0]["job_names"], held[0]["organization_name"]) if held else book(settings.CANBO_RULEBOOK).form["no_post"],
            "planned": case.post.job.names if case.post is not None else "–",
        })  # fmt: skip
    found = _law(case)
    body = case.organization_id or (case.post.organization_id if case.post is not None else None)
    return {
        "title": found[0].title if found is not None else case.procedure, "rows": listed, "count": len(listed),
        **({"organization": queries.unit_by_id(body, on=on).name} if body is not None else {}),
    }  # fmt: skip


def _steps(case: Case) -> list[Data]:
    """The votes that were held, name by name, and of how many."""
    return [
        {
            "name": _title(case, count.step),
            "day": count.step.closed_on,
            "person": row["name"],
            "yes": row["yes"],
            "of": _base(case, count)[1],
        }
        for count in case.counts.select_related("step").order_by("step__turn")
        for row in _rows(case, count)
    ]


def _of_step(case: Case, step: Step, on: date) -> Data:
    """The meeting of a step, its count, and what was written there."""
    title = subject = _title(case, step)
    if case.post is not None:
        subject = _joined(subject, case.post.job.names, ": ")
    data: Data = {"meeting": {"title": title, "subject": subject, "day": step.closed_on or on}}
    chair = _chair(step)
    if chair is not None:
        person = chair.person_id
        data["meeting"]["chair"] = _names([person], on).get(person, chair.account.label) if person else chair.account.label
    if step.said.get("text"):
        data["text"] = step.said["text"]
    count = _count(step)
    if count is None and "text" in data:  # of a talk or a meeting without a vote: what came of it
        data["conclusion"] = data["text"]
    if count is not None:
        data["meeting"] |= {"convened": count.convened, "present": count.present}
        data["count"] = {
            "convened": count.convened, "present": count.present, "issued": count.issued, "returned": count.collected,
            "valid": count.valid, "invalid": count.invalid + count.blank, "rows": _rows(case, count), "base": _base(case, count)[0],
        }  # fmt: skip
    return data


def _chair(step: Step) -> Actor | None:
    """Who chaired the meeting of a step, with the account."""
    found = step.actors.filter(capacity="chair").select_related("account")
    return asking.once(("chair", step.pk), lambda: found.first())


def _count(step: Step) -> Count | None:
    """The count of a step's vote."""
    return asking.once(("count", step.pk), lambda: Count.objects.filter(step=step).select_related("step").first())


def _base(case: Case, count: Count) -> tuple[Any, int]:
    """Of whom the share is that the law asks for: in words, and how many they are."""
    found, name = _law(case), "convened"
    if found is not None:
        vote = next((step.vote for step in found[1].steps if step.id == count.step.name), None)
        name = vote.over.of if vote is not None else name
    return book(settings.CANBO_RULEBOOK).form["bases"][name], int(getattr(count, name))


def _rows(case: Case, count: Count) -> list[Data]:
    """Votes by name, the most first; votes by level are told level by level."""
    names, whole = _names([int(number) for number in count.votes], count.step.closed_on or case.on), _base(case, count)[1]
    told = []
    for number, votes in count.votes.items():
        name = names.get(int(number), f"#{number}")
        for level, figure in votes.items() if isinstance(votes, Mapping) else [("", votes)]:
            told.append({
                "name": f"{name}: {level}" if level else name, "yes": figure, "no": count.valid - figure,
                "share": round(100 * figure / whole, 1) if whole else 0,
            })  # fmt: skip
    return sorted(told, key=lambda row: -row["yes"])


def _title(case: Case, step: Step) -> Any:
    """What the law calls a step; its own word where the rulebook no longer has it."""
    found = _law(case)
    return next((each.title for each in found[1].steps if each.id == step.name), step.name) if found is not None else step.name


def _law(case: Case) -> tuple[law.Procedure, law.Version] | None:
    """The procedure of a case and the version it keeps; None where the rulebook does not have it."""
    try:
        found = law.opened(corpus.find(settings.CANBO_RULEBOOK))[case.procedure]
        return found, found.version(case.version)
    except KeyError:
        return None


# ---- names


def _held(person: int, on: date) -> list[Row]:
    """The posts that a person holds on the day, the highest first: job_names, standing, organization_id, organization_name."""
    return rows(
        """
        SELECT j.names AS job_names, j.standing, m.organization_id, o.name AS organization_name
        FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
        JOIN {organizationname} o ON o.organization_id = m.organization_id AND o.valid @> %(on)s::date
        WHERE m.person_id = %(person)s AND m.valid @> %(on)s::date ORDER BY j.rank NULLS LAST, m.id
        """,
        {"person": person, "on": on},
    )


def _names(persons: list[int], on: date) -> dict[int, str]:
    with authority.everything_in_sight():
        found = people.brief(persons, on=on)
    return {pk: f"{row['family']} {row['given']}" for pk, row in found.items() if row["family"] is not None}


def _titled(title: Words, body: Words | None) -> Words:
    """A title with its body."""
    return _joined(title, body, {"fa": "، "}) if body else dict(title)


def _joined(first: Any, second: Any, between: Any = " ") -> Words:
    """Two texts as one, in each language of the first; each is in the language there is where it lacks one."""
    marks = between if isinstance(between, Mapping) else {}
    usual = ", " if isinstance(between, Mapping) else between

    def said(texts: Any, language: str) -> str:
        return (
            str(texts.get(language) or texts.get("en") or next(iter(texts.values())))
            if isinstance(texts, Mapping)
            else str(texts)
        )

    languages = first if isinstance(first, Mapping) else second if isinstance(second, Mapping) else ("en",)
    return {name: said(first, name) + marks.get(name, usual) + said(second, name) for name in languages}


def _put(texts: Words, **words: Any) -> Words:
    """A form of words with names in it, in each language."""
    return {
        language: text.format(**{name: said.get(language) or next(iter(said.values())) for name, said in words.items()})
        for language, text in texts.items()
    }


def _initials(name: Mapping[str, str]) -> str:
    words = (name.get("vi") or next(iter(name.values()))).split()
    return "".join(word[0] for word in words if word[0].isalpha()).upper()[:8]
