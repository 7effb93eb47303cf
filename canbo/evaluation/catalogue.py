"""The catalogue of products of a managing body: drafted by one person, approved by another, one version after the other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import Max, QuerySet

from canbo.evaluation.models import Catalogue, Product
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time
from canbo.journal import entries
from canbo.registry import authority, once, queries
from canbo.registry.models import Account, Organization
from canbo.registry.names import search_key
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.evaluation.readings import Reader, exact
from canbo.rules.explain import explain
from canbo.rules.schema import Value as Known

DRAFTED, APPROVED = "catalogue.drafted", "catalogue.approved"
MOST = 5_000  # products of one catalogue
GROUPS = ("n1", "n2", "n3", "n4", "n5")
ALIKE = 0.8  # of their words together


@dataclass(frozen=True)
class Line:
    """A product as it is proposed: `standard` marks the one that counts for 1."""

    code: str
    name: str
    group: str
    points: int
    output: str = ""
    standard: bool = False


@kept_when_refused("organization")
def draft(
    *, organization: Organization, year: int, lines: Sequence[Line], by: Account, on: date, key: str | None = None
) -> Catalogue:
    """Draft the next version of a body's catalogue of a year. It counts from its approval on.

    Each product has a code of its own, a group with points within its frame, and exactly one is the standard product.
    Coefficients follow from the points by the article in force. Raises Refused with the first thing that is wrong.
    """
    authority.require(by, "catalogue.draft", over=organization)
    earlier = once.earlier(key, DRAFTED)
    if earlier is not None:
        return Catalogue.objects.get(entry=earlier)
    standard = _checked(lines, on)
    one_at_a_time(f"catalogue {organization.pk} {year}")  # two who draft at once get one version after the other
    before = Catalogue.objects.filter(organization=organization, year=year).aggregate(last=Max("version"))["last"] or 0
    told = {"year": year, "version": before + 1, "standard": standard.code, "products": len(lines)}
    entry = entries.record(DRAFTED, by=by, about=organization, on=on, key=key, payload=told)
    made = Catalogue.objects.create(
        organization=organization, year=year, version=before + 1, standard_points=standard.points, drafted_by=by, drafted_on=on,
        entry=entry,
    )  # fmt: skip
    reader = Reader(corpus.opened(settings.CANBO_RULEBOOK), on)
    Product.objects.bulk_create(
        Product(
            catalogue=made, code=line.code, name=line.name.strip(), output=line.output.strip(), group=line.group, points=line.points,
            standard=line.standard, coefficient=_coefficient(reader, line.points, standard.points),
        )
        for line in lines
    )  # fmt: skip
    return made


def _checked(lines: Sequence[Line], on: date) -> Line:
    """The standard product of lines that can stand."""
    standard = [line for line in lines if line.standard]
    if len(standard) != 1:
        raise Refused("standard", _("Mark exactly one standard product: it counts for 1."))
    if len(lines) > MOST:
        raise Refused("too_many", _("A catalogue holds at most %(most)s products.") % {"most": MOST})
    law = corpus.opened(settings.CANBO_RULEBOOK)
    codes: set[str] = set()
    names: dict[str, str] = {}
    for line in lines:
        if not line.code or line.code in codes:
            raise Refused("code", _("Each product has a code of its own: %(code)s.") % {"code": line.code or "–"})
        codes.add(line.code)
        plain = search_key(line.name)
        if not plain or plain in names:
            raise Refused(
                "twice", _("%(code)s is the same product as %(other)s.") % {"code": line.code, "other": names.get(plain, "–")}
            )
        names[plain] = line.code
        said = explain(law, topic="evaluation", facts=_facts(line), on=on, changes=False)
        failed = next(iter(said.with_outcome("fail")), None)
        if failed is not None or line.points <= 0:
            raise Refused("points", _("%(code)s has more points than its group allows, or none.") % {"code": line.code})
    return standard[0]


def _facts(line: Line) -> dict[str, Known]:
    return {"product.group": line.group, "product.points": line.points}


def _coefficient(reader: Reader, points: int, standard: int) -> Decimal:
    found = exact(reader.find("product_coefficient", {"product.points": points, "product.standard_points": standard}))
    if found is None:
        raise Refused("no_law", _("No article in force says how a coefficient follows from points."))
    return found


@kept_when_refused("organization")
def approve(
    *, organization: Organization, catalogue: Catalogue, basis: str, by: Account, on: date, key: str | None = None
) -> Catalogue:
    """Put a drafted catalogue in force, as somebody who did not draft it. Raises Refused."""
    authority.require(by, "catalogue.approve", over=organization)
    earlier = once.earlier(key, APPROVED)
    if earlier is not None:
        return Catalogue.objects.get(pk=(earlier.payload or {})["catalogue"])
    held = Catalogue.objects.select_for_update().get(pk=catalogue.pk, organization=organization)
    if held.state != Catalogue.State.DRAFT:
        raise Refused("approved", _("This catalogue is in force already."))
    same = held.drafted_by_id == by.pk or (by.person_id is not None and held.drafted_by.person_id == by.person_id)
    if same:
        raise Refused("second_person", _("Nobody approves the own draft: it takes a second person."))
    if not basis.strip():
        raise Refused("no_basis", _("Name the text by which the body decided so."))
    told = {"catalogue": held.pk, "year": held.year, "version": held.version, "basis": basis.strip()}
    entries.record(APPROVED, by=by, about=organization, on=on, key=key, payload=told)
    held.state, held.approved_by, held.approved_on, held.basis = Catalogue.State.APPROVED, by, on, basis.strip()
    held.save(update_fields=["state", "approved_by", "approved_on", "basis"])
    return held


def in_force(organization: int, year: int, *, on: date) -> Catalogue | None:
    """The latest approved catalogue of a year: the body's own, else that of the nearest body above which has one."""
    above = [row["id"] for row in queries.path(organization, on=on)] or [organization]
    found: dict[int, Catalogue] = {}
    approved = Catalogue.objects.filter(organization_id__in=above, year=year, state=Catalogue.State.APPROVED, approved_on__lte=on)
    for each in approved.order_by("version"):
        found[each.organization_id] = each
    return next((found[body] for body in reversed(above) if body in found), None)


def frames(on: date) -> dict[str, int]:
    """The most points of a product of each group, by the article in force on the day; without one the group is left out."""
    reader = Reader(corpus.opened(settings.CANBO_RULEBOOK), on)
    found = {group: exact(reader.find("product_group_most", {"product.group": group})) for group in GROUPS}
    return {group: int(most) for group, most in found.items() if most is not None}


def alike(products: Iterable[Product]) -> list[tuple[Product, Product]]:
    """Pairs of products whose names have nearly the same words, for people to look at: a question, never a refusal.

    Two names are alike when at most a fifth of their words together are not in both. Only names that share one of their
    rarest words are compared, which misses none that are alike.
    """
    words = [(each, frozenset(search_key(each.name).split())) for each in products]
    often = Counter(word for _each, said in words for word in said)
    by_word: dict[str, list[int]] = {}
    pairs: list[tuple[Product, Product]] = []
    for place, (each, said) in enumerate(words):
        rarest = sorted(said, key=lambda word: (often[word], word))[: len(said) - math.ceil(len(said) * ALIKE) + 1]
        for other in dict.fromkeys(at for word in rarest for at in by_word.get(word, ())):
            both = words[other][1]
            if len(said & both) >= ALIKE * len(said | both):
                pairs.append((words[other][0], each))
        for word in rarest:
            by_word.setdefault(word, []).append(place)
    return pairs


@dataclass(frozen=True)
class Change:
    """How a product of a draft differs from the one in force: what it was and will be; None where it is not."""

    code: str
    before: Product | None
    after: Product | None


def changes(before: Catalogue | None, after: Catalogue) -> list[Change]:
    """What a draft would change of the catalogue in force, by code: added, taken away, or with another name, group or points."""
    olds = {each.code: each for each in before.products.all()} if before is not None else {}
    news = {each.code: each for each in after.products.all()}
    same = {
        code for code in olds.keys() & news.keys()
        if (olds[code].name, olds[code].group, olds[code].points, olds[code].coefficient, olds[code].output)
        == (news[code].name, news[code].group, news[code].points, news[code].coefficient, news[code].output)
    }  # fmt: skip
    return [Change(code, olds.get(code), news.get(code)) for code in sorted((olds.keys() | news.keys()) - same)]


def waiting(organization: int, year: int) -> Catalogue | None:
    """The body's own draft of a year that is newer than everything approved, if there is one."""
    newest = (
        Catalogue.objects.filter(organization_id=organization, year=year)
        .select_related("drafted_by")
        .order_by("-version")
        .first()
    )
    return newest if newest is not None and newest.state == Catalogue.State.DRAFT else None


def products_of(organization: int, year: int, *, on: date) -> QuerySet[Product]:
    """The products that a body may assign in a year."""
    held = in_force(organization, year, on=on)
    return Product.objects.filter(catalogue=held).order_by("group", "code") if held else Product.objects.none()


def lines_of(rows: Sequence[Mapping[str, object]]) -> list[Line]:
    """Lines from a file of plain values: code, name, group, points, output, standard. Raises Refused."""
    try:
        return [
            Line(
                str(row["code"]), str(row["name"]), str(row["group"]), int(str(row["points"])), str(row.get("output") or ""),
                bool(row.get("standard", False)),
            )
            for row in rows
        ]  # fmt: skip
    except (KeyError, ValueError, AttributeError, TypeError) as problem:
        raise Refused("file", _("A product has code, name, group and points: %(why)s") % {"why": problem}) from None
