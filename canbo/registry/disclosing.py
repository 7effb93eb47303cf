"""A person's own word on relatives and interests: name them, give an interest up, and declare that the list is whole.

Nobody declares for another: the act is open in the own file alone, and no role opens it. Whoever has not declared a
topic within the months of the rulebook is kept from acting, see registry/conflict.py.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.registry import authority, intake, once
from canbo.registry.days import since
from canbo.registry.models import Account, Disclosure, Interest, Kinship, NoneDeclared, Person, PersonName, Source
from canbo.registry.names import search_key

ACT = "disclosure.make"
TOPICS = tuple(Disclosure.Topic)


class DisclosureRefused(ValueError):
    """The declaration as made cannot be; the text says why and what to do instead."""


@transaction.atomic
def name_relative(*, number: str, name: str, relation: str, by: Account, on: date, key: str | None = None) -> Kinship:
    """State that a person of the register is a relative of whoever declares: `relation` of the declarer, from the day on.

    The relative is known by identification number and full name together, so that a number alone finds nobody. Raises
    NotAllowed, and DisclosureRefused where they name nobody, or nobody who was not named before.
    """
    person = _locked(by)
    earlier = once.earlier(key, "kinship.disclosed")
    if earlier is not None:
        return once.written(Kinship, earlier)[0]
    if relation not in Kinship.Relation.values:
        raise DisclosureRefused(_("Say what the person is to you: choose one from the list."))
    relative = _found(number, name, on)
    if relative == person.pk:
        raise DisclosureRefused(_("Nobody is a relative of himself or herself."))
    if person.kin.filter(relative_id=relative, valid__contains=on).exists():
        raise DisclosureRefused(_("You have named this relative already. The personnel office corrects what was stated wrongly."))
    told = {"relative": relative, "relation": relation}
    entry = entries.record("kinship.disclosed", by=by, about=person, on=on, key=key, payload=told)
    _no_longer_none(person, Disclosure.Topic.KINSHIP, on, entry)
    return Kinship.objects.create(person=person, relative_id=relative, relation=relation, valid=since(on), **_mark(entry))


@transaction.atomic
def name_interest(
    *, enterprise: str, role: str, share: Decimal | None, by: Account, on: date, key: str | None = None
) -> Interest:
    """State a part in an enterprise from the day on; `share` in percent, None: none or not known.

    Raises NotAllowed, and DisclosureRefused for what is no enterprise, no role or no percentage, or is stated already.
    """
    person = _locked(by)
    earlier = once.earlier(key, "interest.disclosed")
    if earlier is not None:
        return once.written(Interest, earlier)[0]
    enterprise = search_key(enterprise).upper().replace(" ", "")
    if not enterprise or len(enterprise) > 20 or role not in Interest.Role.values:
        raise DisclosureRefused(_("An interest has the number of the enterprise, at most 20 characters, and your part in it."))
    if share is not None and not (share.is_finite() and 0 < share <= 100):
        raise DisclosureRefused(_("A share is more than 0 and at most 100 percent. Leave it empty where there is none."))
    if person.interests.filter(enterprise=enterprise, role=role, valid__contains=on).exists():
        raise DisclosureRefused(_("You have named this interest already. Give it up first, to state it anew."))
    told = {"enterprise": enterprise, "role": role, "share": None if share is None else str(share)}
    entry = entries.record("interest.disclosed", by=by, about=person, on=on, key=key, payload=told)
    _no_longer_none(person, Disclosure.Topic.INTEREST, on, entry)
    return Interest.objects.create(
        person=person, enterprise=enterprise, role=role, share=share, valid=since(on), **_mark(entry)
    )  # fmt: skip


@transaction.atomic
def give_up(interest: Interest, *, by: Account, on: date, key: str | None = None) -> Interest:
    """State that a part in an enterprise ended on the day. It counted until then, and stays on record.

    Raises NotAllowed, and DisclosureRefused for one that is not one's own, that ended, or was only stated today.
    """
    person = _locked(by)
    found = person.interests.select_for_update(of=("self",)).filter(pk=interest.pk).first()
    if found is None:
        raise DisclosureRefused(_("This is none of the interests that you stated."))
    if once.earlier(key, "interest.given_up") is not None:
        return found
    if found.valid.upper is not None or (found.valid.lower is not None and found.valid.lower >= on):
        raise DisclosureRefused(_("This interest has ended already, or was stated only today: it ends tomorrow at the earliest."))
    entry = entries.record("interest.given_up", by=by, about=person, on=on, key=key, payload={"enterprise": found.enterprise})
    found.valid, found.entry_id = since(found.valid.lower, on), entry.pk
    found.save(update_fields=["valid", "entry"])
    return found


@transaction.atomic
def declare(*, topic: str, none: bool, by: Account, on: date, key: str | None = None) -> Disclosure:
    """Give one's word that what stands on a topic is the whole, or (`none`) that there is nothing at all.

    It holds from the day on; the word before it ends there. Given twice on one day it stands as first given.
    Raises NotAllowed, and DisclosureRefused where the word and the list contradict each other.
    """
    person = _locked(by)
    earlier = once.earlier(key, "topic.disclosed")
    if earlier is not None:
        return once.written(Disclosure, earlier)[0]
    if topic not in Disclosure.Topic.values:
        raise DisclosureRefused(_("One declares relatives or interests: choose one."))
    _refuse_contradiction(person, topic, none, on)
    standing = person.disclosures.select_for_update(of=("self",)).filter(topic=topic, valid__contains=on).first()
    if standing is not None and standing.valid.lower == on:
        return standing
    entry = entries.record("topic.disclosed", by=by, about=person, on=on, key=key, payload={"topic": topic, "none": none})
    if standing is not None:
        standing.valid = since(standing.valid.lower, on)
        standing.save(update_fields=["valid"])
    if none and not person.declared_none.filter(topic=topic, valid__contains=on).exists():
        NoneDeclared.objects.create(person=person, topic=topic, valid=since(on), **_mark(entry))
    return Disclosure.objects.create(person=person, topic=topic, valid=since(on), **_mark(entry))


def relatives(person: Person, *, on: date) -> list[dict[str, Any]]:
    """Whom a person has named as relatives: relation, and the name that went with the number when it was stated.

    For the own file: names that the declarer gave, also of people whom he or she may not look up.
    """
    with authority.everything_in_sight():
        named = list(person.kin.filter(valid__contains=on).order_by("relation", "pk"))
        names = PersonName.objects.filter(person_id__in=[each.relative_id for each in named], valid__contains=on)
        told = {name.person_id: str(name) for name in names}
    return [{"relation": each.relation, "name": told.get(each.relative_id, ""), "since": each.valid.lower} for each in named]


def _locked(by: Account) -> Person:
    """The file of whoever declares, held until the end of the transaction. Raises NotAllowed."""
    if by.person_id is None:
        raise authority.NotAllowed(ACT, _("Your account belongs to no person in the register."))
    person = Person(pk=by.person_id)
    authority.require(by, ACT, over=person)
    return Person.objects.select_for_update(of=("self",)).get(pk=person.pk)


def _found(number: str, name: str, on: date) -> int:
    """The person who bears a number and a full name, whether or not the declarer may look the person up."""
    with authority.everything_in_sight():
        found = PersonName.objects.filter(
            person__identification_number="".join(number.split()), search_key=search_key(name), valid__contains=on
        ).first()
    if found is None:
        raise DisclosureRefused(
            _("Nobody in the register bears this number together with this name. Check both; whoever is not in the register"
              " is not declared here.")
        )  # fmt: skip
    return int(found.person_id)


def _refuse_contradiction(person: Person, topic: str, none: bool, on: date) -> None:
    listed = person.kin if topic == Disclosure.Topic.KINSHIP else person.interests
    some = listed.filter(valid__contains=on).exists()
    if some and none:
        raise DisclosureRefused(
            _("Something stands on your list, so it cannot be that there is nothing. Declare the list whole.")
        )
    if not some and not none:
        raise DisclosureRefused(_("Nothing stands on your list: name it first, or declare that there is nothing."))


def _no_longer_none(person: Person, topic: str, on: date, entry: Entry) -> None:
    """Whoever names something no longer has none: from the day on; what was said on that very day was never so."""
    for said in person.declared_none.filter(topic=topic, valid__contains=on):
        if said.valid.lower == on:
            with authority.everything_in_sight():
                said.delete()  # its twin remembers it
        else:
            said.valid, said.entry_id = since(said.valid.lower, on), entry.pk
            said.save(update_fields=["valid", "entry"])


def _mark(entry: Entry) -> dict[str, Any]:
    """On whose word the rows stand: the person's own, taken in."""
    source, _made = Source.objects.get_or_create(code="own-declaration", defaults={"title": "Declared by the person"})
    return {"source": source, "decision": intake.decision(source), "entry_id": entry.pk}
