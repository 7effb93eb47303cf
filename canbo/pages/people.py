"""Pages about people: the staff list, one person's file, and whether that person may hold a post."""

from __future__ import annotations

import secrets
from datetime import date
from itertools import groupby
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.pages import figures, words
from canbo.pages.access import may, requires
from canbo.pages.asked import row_number, whole_number
from canbo.pages.asked import words as words_of
from canbo.pages.asof import as_of
from canbo.pages.charts.timeline import Block
from canbo.pages.verdicts import laid_out, nomination_key
from canbo.procedures import appointment
from canbo.procedures.models import Case
from canbo.registry import authority, looking, people, queries, rolls, vacancies
from canbo.registry.models import Person, Post
from canbo.registry.queries import NotInRegister, Unit

PER_PAGE = 50
TABS = ("overview", "family", "looked")


def the_office(request: HttpRequest) -> Unit:
    """The organization whose staff is listed: the one asked for, else the first the reader was granted."""
    on = as_of(request).day
    code = words_of(request.GET.get("in"))
    if code:
        return queries.unit(code, on=on)
    for power in authority.powers_for(request.user, "staff.read"):
        root = power.root if power.within is None else power.within
        if root is not None:
            return queries.unit_by_id(root, on=on)
        top = cache.get_or_set(f"pages.top.{on}", lambda: [row["code"] for row in queries.children(None, on=on)[:1]], 600)
        if top:
            return queries.unit(top[0], on=on)
    raise authority.NotAllowed(
        "staff.read", _("You were given no staff list. Ask the personnel office of your unit for a grant.")
    )


@requires("staff.read", over=the_office)
def listing(request: HttpRequest, unit: Unit) -> HttpResponse:
    """Who serves in an organization and beneath it, body by body, fifty to a page."""
    on = as_of(request).day
    wide = request.GET.get("only") != "here"
    walk = walked(unit, on) if wide else [unit.id]
    found = rolls.roll(walk, on=on, after=marker(request.GET.get("after")), limit=PER_PAGE + 1)
    shown = found[:PER_PAGE]
    looking.looked_at_list(unit.id, by=request.user, on=on, persons=[row["person_id"] for row in shown])
    return render(
        request,
        "people/listing.html",
        {
            "unit": unit,
            "bodies": [list(rows) for _body, rows in groupby(shown, key=lambda row: row["body"])],
            "walked": len(walk),
            "wide": wide,
            "started": "after" in request.GET,
            "more": signing.dumps(rolls.mark_of(shown[-1]), compress=True) if len(found) > PER_PAGE else None,
        },
    )


def walked(unit: Unit, on: date) -> list[int]:
    """The bodies of a unit in the order of the list: no secret, and kept for some minutes."""
    return list(cache.get_or_set(f"pages.walk.{unit.id}.{on}", lambda: rolls.bodies(unit.id, on=on), 600))


def marker(text: str | None) -> rolls.Mark | None:
    """Where the last page ended; a mark that was altered is no mark."""
    if not text:
        return None
    try:
        return rolls.Mark(*signing.loads(text))
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404(_("This page of the list cannot be found. Start the list from its beginning.")) from None


def the_person(request: HttpRequest, number: int, **rest: Any) -> Person:
    """The person of an address, for authority; the file itself is read after it agreed."""
    return Person(pk=row_number(number))


@requires("organization.read")
def me(request: HttpRequest) -> HttpResponse:
    """One's own file."""
    if request.user.person_id is None:
        raise Http404(_("Your account belongs to no person in the register."))
    return redirect("person", number=request.user.person_id)


@requires("person.read", over=the_person)
def person(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """A person's file on a day. Opening it leaves an entry in the journal: who looked, and when."""
    on = as_of(request).day
    tab = request.GET.get("tab", "overview")
    if tab not in TABS:
        raise Http404(_("There is no such part of a file."))
    file = people.person(number, on=on)
    context: dict[str, Any] = {"file": file, "name": name_of(file), "tab": tab, "age": figures.age(file["birth_on"], on)}
    context["shows_family"] = may_read_family(request, number)
    if tab == "overview":
        context |= overview(number, on)
        context["topics"] = list(people.TOPICS.items())
        looking.looked_at_file(subject, by=request.user, on=on)
    elif tab == "family":
        authority.require(request.user, "person.read_family", over=subject)
        context["kin"] = people.kin(number, on=on)
        context["none"] = "kinship" in people.declared_none(number, on=on)
        looking.looked_at_file(subject, by=request.user, on=on, classes=["family"])
    else:
        context["looks"] = entries.recent(50, about=subject)
        context["cases"] = list(Case.objects.filter(person_id=number).select_related("opened_by").order_by("-opened_at")[:20])
    return render(request, f"people/{tab}.html", context)


def may_read_family(request: HttpRequest, number: int) -> bool:
    """Whether to offer the family part: one's own, or by a grant that reads families."""
    return request.user.person_id == number or may(request, "person.read_family")


def name_of(file: dict[str, Any]) -> str:
    """Family and given name as written; without a name, the number of the file."""
    return " ".join(filter(None, (file["family"], file["given"]))) or f"#{file['id']}"


def overview(number: int, on: date) -> dict[str, Any]:
    """Career and records for the overview: lanes for the drawing, rows for the tables, the present post."""
    career = people.career(number)
    records = people.records(number)
    none = people.declared_none(number, on=on)
    planned = [row["post_id"] for row in records["succession"]]
    plans = vacancies.posts(planned, on=on) if planned else {}
    for row in career:
        row["valid"] = (row["since"], row["until"])
    for rows in records.values():
        for row in rows:
            row["valid"] = (row["since"], row["until"])
    for row in records["succession"]:
        row["post"] = plans.get(row["post_id"])
    present = [
        row for row in career if (row["since"] is None or row["since"] <= on) and (row["until"] is None or on < row["until"])
    ]
    return {
        "career": career,
        "present": sorted(present, key=lambda row: row["rank"] if row["rank"] is not None else 999),
        "records": records,
        "none": none,
        "lanes": lanes(career, records),
        "degree": max((row["level"] for row in records["credential"]), default=None),
        "theory": max((row["level"] for row in records["politicaltheory"]), default=None),
        "unconfirmed": sum(row["confirmed_by_id"] is None for row in career)
        + sum(row["confirmed_by_id"] is None for rows in records.values() for row in rows),
        "sources": sorted(
            {row["source_title"] for row in career} | {row["source_title"] for rows in records.values() for row in rows}
        ),
    }


def lanes(career: list[dict[str, Any]], records: dict[str, list[dict[str, Any]]]) -> list[tuple[str, list[Block]]]:
    """The lanes of the career drawing: government posts, Party posts, place, training, ratings."""
    posts, party, places = [], [], []
    for row in reversed(career):
        if row["since"] is None:
            continue
        block = Block(
            row["since"],
            row["until"],
            figures.named(row["job_names"]),
            figures.named(row["organization_name"]),
            href=unit_address(row),
        )
        (party if row["structure"] == "party" else posts).append(block)
        if row["area_name"]:
            places.append((row["since"], row["until"], row["area_name"]))
    studied = [
        Block(row["since"], row["until"], words.word(row["level"], "degree"), "") for row in records["credential"] if row["since"]
    ]
    trained = [
        Block(row["since"], row["until"] or figures.later(row["since"], 12), _(row["title"]))
        for row in records["training"]
        if row["since"]
    ]
    ratings = [
        Block(
            row["since"],
            row["until"],
            figures.digits(row["grade"]),
            "",
            f"g g{row['grade']}",
            "",
            words.word(row["grade"], "grade"),
        )
        for row in records["rating"]
        if row["since"]
    ]
    brief = [Block(b.first, figures.later(b.first, 12), b.title) for b in studied] + trained
    return [
        (_("Posts"), posts),
        (_("Party posts"), party),
        (_("Place"), joined(places)),
        (_("Study"), brief),
        (_("Rating"), ratings),
    ]


def unit_address(row: dict[str, Any]) -> str:
    """The page of the organization of a membership, on the first day of it."""
    if not row["organization"]:
        return ""
    return reverse("organization", args=[row["organization"]]) + f"?on={row['since'].isoformat()}"


def joined(places: list[tuple[date, date | None, str]]) -> list[Block]:
    """Stays in one place after the other, joined where they touch."""
    out: list[tuple[date, date | None, str]] = []
    for first, after, name in sorted(places, key=lambda stay: stay[0]):
        if out and out[-1][2] == name and (out[-1][1] is None or out[-1][1] >= first):
            ends = [out[-1][1], after]
            out[-1] = (out[-1][0], None if None in ends else max(end for end in ends if end), name)
        elif not (out and out[-1][2] == name):
            out.append((first, after, name))
        else:
            out.append((first, after, name))
    return [Block(first, after, name) for first, after, name in out]


@requires("person.read", over=the_person)
def may_hold(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """May this person hold this post on the day? Verdict by article; without a post, the posts that the words name."""
    on = as_of(request).day
    file = people.person(number, on=on)
    asked = words_of(request.GET.get("post"))
    context: dict[str, Any] = {
        "file": file,
        "name": name_of(file),
        "asked": asked,
        "tab": "may",
        "age": figures.age(file["birth_on"], on),
    }
    context["shows_family"] = may_read_family(request, number)
    if asked.startswith("#") and (place := whole_number(asked[1:])) is not None:
        post = vacancies.post(place, on=on)
        if post is None:
            raise NotInRegister(_("There is no post %(post)s on this day.") % {"post": asked})
        verdict = appointment.may(
            person=subject, post=Post(pk=post["post"], organization_id=post["organization_id"]), by=request.user, on=on
        )
        context |= laid_out(verdict.to_dict())
        context |= {"asked": "", "post": post, "may_nominate": may(request, "appointment.nominate", post["organization_id"])}
        context["key"] = nomination_key(request.user, number, post["post"], on) + secrets.token_hex(8)
    elif asked:
        context["posts"] = [{**row, "number_sign": f"#{row['post']}"} for row in vacancies.find_posts(asked, on=on)]
    return render(request, "people/may.html", context)
