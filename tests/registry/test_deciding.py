"""Who decides on a post, by which text on which day, and who is the head of a body, also while acting."""

from __future__ import annotations

from datetime import date

import pytest

from canbo.registry import deciding
from canbo.registry.days import since
from canbo.registry.deciding import Decider, Head, NotKnown
from canbo.registry.models import Membership, PostManager
from canbo.rules import powers
from tests import province as described
from tests.world import World


def test_the_body_that_manages_a_post_decides_by_a_text_that_is_named(world: World) -> None:
    post = world.post("P/1.executive", "commune-chair")
    on = date(2026, 3, 1)
    unknown = deciding.deciding_body(post, "appoint", on)
    assert isinstance(unknown, NotKnown)
    assert "does not say which body manages" in unknown.reason
    world.manage(post, "P.party")
    for act in ("appoint", "dismiss", "suspend"):
        found = deciding.deciding_body(post, act, on)
        assert isinstance(found, Decider)
        assert found.proposes is not None
        assert found.organization == found.verifies
        assert (found.organization.code, found.proposes.code) == ("P.party", "P/1.executive")
        assert found.source.cite() == "Regulation 377-QD/TW"
        assert found.power.form == "collective"
    with pytest.raises(KeyError):
        deciding.deciding_body(post, "promote", on)


def test_the_law_of_the_day_says_who_decides(world: World) -> None:
    post = world.post("P/1.executive", "commune-chair")
    world.manage(post, "P.party")

    def cited(act: str, on: date) -> str:
        found = deciding.deciding_body(post, act, on)
        return found.source.cite() + ", " + found.power.form if isinstance(found, Decider) else found.reason

    assert cited("suspend", date(2026, 7, 31)) == "Regulation 377-QD/TW, collective"
    assert cited("suspend", date(2026, 8, 1)).endswith("Decree 300/2026/ND-CP, article 56, head")
    assert cited("appoint", date(2026, 8, 1)) == "Regulation 377-QD/TW, collective"
    assert cited("appoint", date(2025, 10, 7)) == "Regulation 80-QD/TW, collective"
    assert "rulebook does not say" in cited("appoint", date(2020, 1, 1))
    assert "does not exist" in cited("appoint", date(2014, 12, 31))


def test_what_is_hearsay_is_shown_and_decides_nothing(world: World) -> None:
    off = [power for power in powers.powers() if not power.on]
    assert {power.source.mark for power in off} == {"K"}
    assert {power.name for power in off} >= {"staff-by-the-own-body", "chairs-elected-by-the-council"}
    post = world.post("P/1.executive", "specialist")
    assert isinstance(deciding.deciding_body(post, "appoint", date(2026, 3, 1)), NotKnown)


def test_a_managing_body_that_ended_decides_nothing(world: World) -> None:
    province = described.build(world)
    post = province.posts["P/2"]
    PostManager.objects.update_or_create(
        post=post, defaults={"manager": province.world.organizations["P/7"], "valid": post.valid, **world.mark}
    )
    found = deciding.deciding_body(post, "appoint", date(2026, 3, 1))
    assert isinstance(found, NotKnown)
    assert "enter who manages it now" in found.reason


def test_the_words_of_the_rulebook_find_the_bodies_of_the_register(world: World) -> None:
    on = date(2026, 3, 1)
    post = world.post("P/1.executive.office", "commune-department-head")
    world.manage(post, "P/1.party")
    found = deciding.around(post, on)
    codes = {word: found[word]["code"] if word in found else None for word in powers.BODIES}
    assert codes == {
        "own": "P/1.executive.office",
        "manager": "P/1.party",
        "superior": "P/1",
        "party": "P/1.party",
        "council": None,
    }


def test_an_acting_head_holds_the_powers_on_the_days_of_the_law_and_no_longer(world: World) -> None:
    post = world.post("P/1.executive", "commune-chair", seats=2)
    head, acting = world.person("Văn Trưởng"), world.person("Văn Quyền")
    held = world.serve(head, post, valid=since(date(2020, 1, 1), date(2026, 9, 1)))
    days = since(date(2026, 9, 1), date(2028, 1, 1))
    acts = world.serve(acting, post, seat=2, valid=days, kind=Membership.Kind.ACTING)
    body = world.organizations["P/1.executive"]
    assert deciding.heads_of(body, date(2026, 8, 31)) == [Head(head.pk, held.pk, False, None, None)]
    found = deciding.heads_of(body, date(2026, 9, 1))
    assert [(each.person, each.acting, each.until) for each in found] == [(acting.pk, True, date(2027, 9, 1))]
    assert found[0].source is not None and "300/2026" in found[0].source.cite()
    assert [each.membership for each in deciding.heads_of(body, date(2027, 8, 31))] == [acts.pk]
    assert deciding.heads_of(body, date(2027, 9, 1)) == []
    Membership.objects.filter(pk=acts.pk).update(valid=since(date(2026, 9, 1), date(2026, 12, 1)))
    assert deciding.heads_of(body, date(2026, 12, 1)) == []


def test_before_the_law_set_a_limit_an_acting_head_held_the_powers_while_acting(world: World) -> None:
    post = world.post("P/1.executive", "commune-chair")
    acts = world.serve(world.person(), post, valid=since(date(2023, 1, 1)), kind=Membership.Kind.ACTING)
    found = deciding.heads_of(world.organizations["P/1.executive"], date(2026, 7, 31))
    assert [(each.membership, each.until, each.source) for each in found] == [(acts.pk, None, None)]
    assert deciding.heads_of(world.organizations["P/1.executive"], date(2026, 8, 1)) == []
