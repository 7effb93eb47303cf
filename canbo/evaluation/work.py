"""Work: products assigned to people, their own log of it, and what the giver takes as done."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from django.db.models import Q, Sum

from canbo.evaluation import catalogue, schemes
from canbo.evaluation.models import Acceptance, Assignment, Evaluation, Log, Product
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time, require_no_tie
from canbo.journal import entries
from canbo.registry import authority, once
from canbo.registry.compiled import Compiled
from canbo.registry.models import Account, Membership, Organization, Person
from canbo.registry.saying import sentence as _
from canbo.rules.evaluation.periods import Period

ASSIGNED, LOGGED, ACCEPTED, JUDGED = "work.assigned", "work.logged", "work.accepted", "work.cause_judged"
MOST = Decimal(10_000)  # of one product in one assignment; what the law's reader takes
COUNTED = 100  # failures and delays of one product
CLOSED = (Evaluation.State.DECIDED, Evaluation.State.PUBLISHED)


@kept_when_refused("person")
def assign(
    *, person: Person, product: Product, number: Decimal, period: str, by: Account, on: date, task: str = "", main: bool = True,
    due_on: date | None = None, extra: str = "", taken_from: Assignment | None = None, key: str | None = None,
) -> Assignment:  # fmt: skip
    """Give a person so many of a product for a period; the coefficient is frozen as the catalogue has it today.

    What comes after the person began with the period's work is `extra`: unexpected, or taken over from another
    assignment, which stays in the denominator of whoever had it. Raises Refused.
    """
    authority.require(by, "work.assign", over=person)
    require_no_tie(by, person, on=on, known=False)
    earlier = once.earlier(key, ASSIGNED)
    if earlier is not None:
        return Assignment.objects.get(entry=earlier)
    body = serves_in(person, on)
    span = schemes.period_of(period, body.pk)
    if on > span.last:
        raise Refused(
            "after_period",
            _("%(period)s ended on %(day)s: nothing is assigned for it any more.") % {"period": period, "day": span.last},
        )
    _require_open(person, period)
    _require_known(product, body, span, on)
    _require_number(number, least=Decimal("0.0001"))
    if extra == Assignment.Extra.TAKEN_OVER and (taken_from is None or taken_from.person_id == person.pk):
        raise Refused("taken_from", _("Say from whose assignment it is taken over."))
    told = {
        "product": product.pk, "coefficient": str(product.coefficient), "number": str(number), "period": period, "task": task.strip(),
        "extra": extra, "taken_from": taken_from and taken_from.pk,
    }  # fmt: skip
    entry = entries.record(ASSIGNED, by=by, about=person, on=on, key=key, payload=told)
    return Assignment.objects.create(
        person=person, organization=body, product=product, task=task.strip(), main=main, coefficient=product.coefficient,
        number=number, period=period, first=span.first, last=span.last, due_on=due_on, extra=extra,
        taken_from=taken_from if extra == Assignment.Extra.TAKEN_OVER else None, given_by=by, given_on=on, entry=entry,
    )  # fmt: skip


def serves_in(person: Person, on: date) -> Organization:
    """The body where a person serves on a day: of several the one where first. Raises Refused."""
    held = _served.first(person=person.pk, on=on)
    if held is None:
        raise Refused("serves_nowhere", _("This person serves in no body on %(day)s.") % {"day": on})
    return held.organization


_served = Compiled(
    lambda person, on: (
        Membership.objects.filter(person_id=person, valid__contains=on).order_by("valid", "pk").select_related("organization")[:1]
    )
)


def _require_known(product: Product, body: Organization, span: Period, on: date) -> None:
    held = catalogue.in_force(body.pk, span.year, on=on)
    if held is None or product.catalogue_id != held.pk:
        raise Refused(
            "not_in_catalogue", _("The catalogue in force here for %(year)s has no such product.") % {"year": span.year}
        )


def _require_open(person: Person, period: str) -> None:
    if Evaluation.objects.filter(person=person, period=period, state__in=CLOSED).exists():
        raise Refused("period_closed", _("%(period)s was decided for this person: it stays as it was.") % {"period": period})


def _require_number(number: Decimal, *, least: Decimal = Decimal(0)) -> None:
    if not number.is_finite() or not least <= number <= MOST or number != number.quantize(Decimal("0.0001")):
        raise Refused("number", _("How many: a number up to 10,000 with at most four decimals."))


@kept_when_refused("assignment")
def log(
    *, assignment: Assignment, done: Decimal, day: date, text: str, by: Account, on: date, evidence: str = "", link: str = "",
    key: str | None = None,
) -> Log:  # fmt: skip
    """Write into the own work log what was done on a day, and what shows it: the number of a document, or a link.

    Nobody logs for another. Without evidence it is kept, but nothing of it is accepted. Raises Refused.
    """
    authority.require(by, "work.log", over=assignment.person)
    earlier = once.earlier(key, LOGGED)
    if earlier is not None:
        return Log.objects.get(entry=earlier)
    _require_open(assignment.person, assignment.period)
    _require_number(done)
    if not assignment.first <= day <= on:
        raise Refused("day", _("A day between the beginning of the period and today: %(day)s.") % {"day": day})
    if not text.strip():
        raise Refused("no_text", _("Say in a few words what was done."))
    if link.strip() and (urlsplit(link.strip()).scheme not in ("http", "https") or not urlsplit(link.strip()).netloc):
        raise Refused("link", _("A link begins with https:// or http://."))
    told = {
        "assignment": assignment.pk,
        "done": str(done),
        "day": str(day),
        "text": text.strip(),
        "evidence": evidence.strip(),
        "link": link.strip(),
    }
    entry = entries.record(LOGGED, by=by, about=assignment, on=on, key=key, payload=told)
    return Log.objects.create(
        assignment=assignment, done=done, day=day, text=text.strip()[:1000], evidence=evidence.strip()[:300], link=link.strip()[:500],
        logged_by=by, logged_on=on, entry=entry,
    )  # fmt: skip


@kept_when_refused("assignment")
def accept(
    *, assignment: Assignment, done: Decimal, by: Account, on: date, quality_failures: int = 0, delays: int = 0, days_late: int = 0,
    remark: str = "", cause: str = "", key: str | None = None,
) -> Acceptance:  # fmt: skip
    """Take so much of an assignment as done, with its failures and delays counted, as whoever gave it.

    Where the giver no longer may, somebody else who assigns there does. A cause outside the person's power is claimed
    here and confirmed by another person; until then it does not count. Accepting anew takes the place of before.
    """
    person = assignment.person
    authority.require(by, "work.assign", over=person)
    require_no_tie(by, person, on=on, known=False)
    one_at_a_time(f"assignment {assignment.pk}")
    held = Assignment.objects.get(pk=assignment.pk)
    earlier = once.earlier(key, ACCEPTED)
    if earlier is not None:
        return Acceptance.objects.get(entry=earlier)
    _require_open(person, held.period)
    if held.given_by_id != by.pk and authority.allows(held.given_by, "work.assign", over=person):
        raise Refused("not_the_giver", _("Whoever gave this work accepts it: %(who)s.") % {"who": held.given_by.label})
    _require_number(done)
    if min(quality_failures, delays, days_late) < 0 or max(quality_failures, delays) > COUNTED or days_late > 1000:
        raise Refused("counts", _("Failures and delays are counted from 0 up."))
    if bool(delays) != bool(days_late):
        raise Refused("delays", _("A delay has both: how many times, and how many days in all."))
    if done > held.number:
        raise Refused(
            "above_assigned",
            _("%(done)s is more than the %(number)s assigned. Assign what came unexpectedly or was taken over, then accept it.")
            % {"done": done.normalize(), "number": held.number.normalize()},
        )
    shown = shown_of(held)
    if done > shown:
        raise Refused(
            "no_evidence",
            _("The work log shows evidence for %(shown)s only; no more is accepted.") % {"shown": shown.normalize()},
        )
    told = {
        "assignment": held.pk, "done": str(done), "quality_failures": quality_failures, "delays": delays, "days_late": days_late,
        "cause": cause.strip(), "remark": remark.strip(),
    }  # fmt: skip
    entry = entries.record(ACCEPTED, by=by, about=held, on=on, key=key, payload=told)
    return Acceptance.objects.create(
        assignment=held, done=done, quality_failures=quality_failures, delays=delays, days_late=days_late, remark=remark.strip()[:1000],
        cause=cause.strip()[:1000], cause_state=Acceptance.Cause.CLAIMED if cause.strip() else "", accepted_by=by, accepted_on=on,
        entry=entry,
    )  # fmt: skip


def shown_of(assignment: Assignment) -> Decimal:
    """How much of an assignment the work log shows with evidence."""
    total = Log.objects.filter(assignment=assignment).exclude(Q(evidence="") & Q(link="")).aggregate(done=Sum("done"))["done"]
    return total or Decimal(0)


@kept_when_refused("assignment")
def judge_cause(*, assignment: Assignment, confirmed: bool, by: Account, on: date, key: str | None = None) -> Acceptance:
    """Confirm or not the objective cause that was claimed in the latest acceptance, as another person than who accepted."""
    person = assignment.person
    authority.require(by, "work.confirm", over=person)
    require_no_tie(by, person, on=on, known=False)
    earlier = once.earlier(key, JUDGED)
    if earlier is not None:
        return Acceptance.objects.get(pk=(earlier.payload or {})["acceptance"])
    held = Acceptance.objects.select_for_update(of=("self",)).filter(assignment=assignment).order_by("-pk").first()
    if held is None or held.cause_state != Acceptance.Cause.CLAIMED:
        raise Refused("no_cause", _("No cause waits to be confirmed here."))
    if held.accepted_by_id == by.pk or (by.person_id is not None and held.accepted_by.person_id == by.person_id):
        raise Refused("second_person", _("A cause is confirmed by another person than who accepted the work."))
    _require_open(person, assignment.period)
    held.cause_state = Acceptance.Cause.CONFIRMED if confirmed else Acceptance.Cause.REJECTED
    entries.record(
        JUDGED,
        by=by,
        about=assignment,
        on=on,
        key=key,
        payload={"acceptance": held.pk, "confirmed": confirmed, "cause": held.cause},
    )
    held.cause_by, held.cause_on = by, on
    held.save(update_fields=["cause_state", "cause_by", "cause_on"])
    return held
