"""`canbo training`: what is due by law, courses, the plan of a body's year, who is sent where, results, what followed."""

from __future__ import annotations

from collections import Counter
from datetime import date

import click
from django.utils.translation import gettext as _

from canbo.development import courses, enrolment, following, plans
from canbo.development import theory as reports
from canbo.development.models import Enrolment, Plan
from canbo.pages.words import word
from canbo.project.commands.shown import Day, json_option, on_option, show_json, table
from canbo.project.commands.work import acting, say_done
from canbo.registry import authority, intake, looking, people, queries
from canbo.registry.models import Organization, Person
from canbo.registry.saying import language
from canbo.rules import courses as catalogue

NOT_REACHED, OPEN = 3, 4


def words() -> dict[str, str]:
    """The states in the reader's language."""
    return {"met": _("kept"), "late": _("late"), "soon": _("due soon"), "later": _("not due yet"), "unknown": _("unknown")}


@click.group("training")
def training() -> None:
    """What people are to learn: by law, by the plan of their body; who was sent where, with what result."""


@training.command("due")
@click.argument("code")
@json_option
@on_option
def due(code: str, on: date, as_json: bool) -> None:
    """The level of political theory that those with a term in body CODE and beneath need by its end, and who lacks it.

    Exit code: 0 all have it or have time, 3 somebody is late, 4 of somebody it is not known.
    """
    by = intake.console()
    with authority.sight(by):
        unit = queries.unit(code, on=on)
        found = reports.due(by=by, root=unit.id, on=on)
        looking.looked_at_list(unit.id, by=by, on=on, persons=[each.person for each in found])
        told = [each.to_dict(language()) for each in found]
    counts = Counter(each.state for each in found)
    if as_json:
        show_json({"organization": unit.code, "on": on, "counts": counts, "due": told})
    else:
        heads = [_("person"), _("Day"), _("State"), _("Article"), _("Why")]
        table(heads, [[each["id"], each["by"] or "–", words()[each["state"]], each["cites"], each["reason"]] for each in told])
    raise SystemExit(NOT_REACHED if counts[reports.LATE] else OPEN if counts[reports.UNKNOWN] else 0)


@training.command("courses")
@click.argument("code")
@json_option
@on_option
def courses_(code: str, on: date, as_json: bool) -> None:
    """The courses that body CODE may choose from: stream, hours, cost of a place, and which articles ask for them on the day."""
    law = courses.law()
    with authority.sight(intake.console()):
        offered = courses.known(queries.unit(code, on=on).id, on=on)
    told = [each.to_dict() | {"asked_by": catalogue.asked_on(each, law, on)} for each in offered.values()]
    if as_json:
        show_json({"on": on, "courses": told})
    else:
        heads = [_("Course"), _("Field"), _("Hours"), _("Cost of a place"), _("Article")]
        lines = [[each["code"], each["field"], each["hours"], each["cost"], " ".join(each["asked_by"]) or "–"] for each in told]
        table(heads, lines)


@training.command("plan")
@click.argument("code")
@click.option("--year", type=int, required=True, help="The year that is planned.")
@click.option(
    "--budget", type=int, default=None, help="Propose a plan within so many đồng; without it, the latest plan is shown."
)
@click.option("--each", type=int, default=plans.EACH, help="Courses that one person takes in the year at most.")
@click.option("--as", "name", default=None, help="The account that proposes: its user name.")
@click.option("--key", default=None, help="Idempotency key: the same key acts once.")
@json_option
@on_option
def plan_(
    code: str, year: int, budget: int | None, each: int, name: str | None, key: str | None, on: date, as_json: bool
) -> None:
    """Propose the plan of body CODE for a year from needs, or show the latest one with the reason of every place.

    Exit code: 0 done or shown, 3 refused; the attempt stays in the journal.
    """
    if budget is not None:
        if name is None:
            raise click.UsageError(_("Say who proposes, with --as."))
        say_done(
            name, as_json,
            lambda by: plans.propose(
                organization=Organization(pk=queries.unit(code, on=on).id), year=year, budget=budget, each=each, by=by, on=on, key=key
            ),
        )  # fmt: skip
    by = intake.console()
    with authority.sight(by):
        unit = queries.unit(code, on=on)
        held = plans.latest(unit.id, year)
        places = list(held.places.order_by("-taken", "pk")) if held else []
        looking.looked_at_list(unit.id, by=by, on=on, persons=[place.person_id for place in places])
    if held is None:
        raise queries.NotInRegister(_("There is no plan for this year."))
    told = [
        {
            "person": place.person_id,
            "course": place.course,
            "cost": place.cost,
            "taken": place.taken,
            "why": place.why,
            "needs": place.needs,
        }
        for place in places
    ]
    if as_json:
        head = {"id": held.pk, "organization": unit.code, "year": year, "version": held.version, "state": held.state}
        show_json(head | {"budget": held.budget, "proved": held.proved, **plans.summed(places), "told": told})
    else:
        heads = [_("Person"), _("Course"), _("Cost of a place"), _("Why")]
        table(
            heads,
            [
                [one["person"], one["course"], one["cost"], ", ".join(word(why, "why in a plan") for why in one["why"])]
                for one in told
            ],
        )


@training.command("approve")
@click.argument("plan", type=int)
@click.option("--basis", required=True, help="Number of the decision.")
@acting
def approve(plan: int, basis: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Approve PLAN, by its number, as another person than who proposed it."""
    say_done(name, as_json, lambda by: plans.approve(plan=_plan(plan), basis=basis, by=by, on=on, key=key))


@training.command("enrol")
@click.argument("person")
@click.argument("course")
@click.option("--starts", type=Day(), required=True, help="The first day of the course.")
@click.option("--months", type=int, default=None, help="Service promised afterwards, in months.")
@click.option("--fits", is_flag=True, help="The subject fits the job position.")
@acting
def enrol(
    person: str, course: str, starts: date, months: int | None, fits: bool, name: str, on: date, key: str | None, as_json: bool
) -> None:
    """Send PERSON (a number of the file, or #id) to COURSE. What the articles say is kept, also when they refuse."""
    say_done(
        name, as_json,
        lambda by: enrolment.enrol(
            person=Person.objects.get(pk=people.find(person)), course=course, starts=starts, committed_months=months,
            fits_position=True if fits else None, by=by, on=on, key=key,
        ),
    )  # fmt: skip


@training.command("pass")
@click.argument("number", type=int)
@click.option("--certificate", required=True, help="Number of the certificate.")
@acting
def pass_(number: int, certificate: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Enter that the enrolment NUMBER was passed: it becomes a record of the file."""
    say_done(
        name, as_json, lambda by: enrolment.pass_(enrolment=_enrolment(number), certificate=certificate, by=by, on=on, key=key)
    )


@training.command("owed")
@click.argument("code")
@json_option
@on_option
def owed(code: str, on: date, as_json: bool) -> None:
    """Who owes service to body CODE after a degree, until when; exit code 3 where one of them serves nowhere any more."""
    by = intake.console()
    with authority.sight(by):
        unit = queries.unit(code, on=on)
        found = enrolment.owing(by=by, root=unit.id, on=on)
        looking.looked_at_list(unit.id, by=by, on=on, persons=[each.enrolment.person_id for each in found])
    told = [
        {
            "person": each.enrolment.person_id,
            "course": each.enrolment.course,
            "until": each.enrolment.owed_until,
            "gone": each.gone,
        }
        for each in found
    ]
    if as_json:
        show_json({"organization": unit.code, "on": on, "owed": told})
    else:
        table([_("Person"), _("Course"), _("Day")], [[each["person"], each["course"], each["until"]] for each in told])
    raise SystemExit(NOT_REACHED if any(each["gone"] for each in told) else 0)


@training.command("effect")
@click.argument("code")
@click.option("--course", default=None, help="Only this course.")
@json_option
@on_option
def effect(code: str, course: str | None, on: date, as_json: bool) -> None:
    """By how much scores rose more after courses than without, in body CODE; exit code 4 where too few can be compared."""
    by = intake.console()
    with authority.sight(by):
        found = following.effect(by=by, root=queries.unit(code, on=on).id, on=on, course=course)
    told = {"trained": found.trained, "others": found.others, "points": found.points, "low": found.low, "high": found.high}
    if as_json:
        show_json(told | {"proof": False})
    elif found.points is None:
        click.echo(_("Not shown: too few can be compared."))
    else:
        click.echo(f"{found.points:+.1f} ({found.low:+.1f} … {found.high:+.1f})")
    raise SystemExit(OPEN if found.points is None else 0)


def _plan(number: int) -> Plan:
    found = Plan.objects.filter(pk=number).first()
    if found is None:
        raise queries.NotInRegister(_("There is no plan %(number)s.") % {"number": number})
    return found


def _enrolment(number: int) -> Enrolment:
    found = Enrolment.objects.select_related("person").filter(pk=number).first()
    if found is None:
        raise queries.NotInRegister(_("There is no enrolment %(number)s.") % {"number": number})
    return found
