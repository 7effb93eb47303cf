"""The reform of 1 July 2025 as the register tells it, held against the table of which unit became which."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date

import pytest
from django.conf import settings
from django.db import connection

from canbo.journal import entries
from canbo.project.world import reform
from canbo.registry import intake, queries
from canbo.registry.models import ChangeEvent
from tests.registry import invariants

EVE, DAY = date(2025, 6, 30), date(2025, 7, 1)


@pytest.fixture(scope="module")
def table() -> list[tuple[str, str]]:
    """Pairs (old code, new code), read here by itself."""
    with (settings.LIBRARY / "rulebook/vn/units/became.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["before"], row["after"]) for row in csv.DictReader(lines)]


def listed(name: str) -> set[str]:
    with (settings.LIBRARY / f"rulebook/vn/units/{name}.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"] for row in csv.DictReader(lines)}


def test_the_table_is_the_one_that_was_promised(table: list[tuple[str, str]]) -> None:
    old, new = listed("before"), listed("after")
    counted = [sum(code.count("/") == depth for code in old) for depth in (0, 1, 2)]
    assert (counted, sum("/" in code for code in new)) == ([63, 696, 10035], 3321)
    communes = {code for code, _new in table if "/" in code}
    assert len(communes) == 10040  # 5 of them island districts that had no communes
    assert sum(times > 1 for times in Counter(code for code, _new in table).values()) == 471


def test_every_unit_says_what_it_became_and_what_it_came_from(country: str, table: list[tuple[str, str]]) -> None:
    heirs, origins = defaultdict(set), defaultdict(set)
    for old, new in table:
        heirs[old].add(new)
        origins[new].add(old)
        if old.count("/") == 2:  # its district: dissolved, the communes on its ground take over
            heirs[old.rpartition("/")[0]].add(new)
    assert set(heirs) == listed("before")
    assert set(origins) == listed("after")
    disagreements = []
    for code in sorted(listed("before")):
        if (found := queries.lineage(code)) != {"unit": code, "origins": [], "heirs": sorted(heirs[code])}:
            disagreements.append(found)
    for code in sorted(listed("after")):
        if (found := queries.lineage(code)) != {"unit": code, "origins": sorted(origins[code]), "heirs": []}:
            disagreements.append(found)
    assert disagreements == []


def test_the_counts_before_and_after_come_from_the_register(country: str) -> None:
    assert queries.unit_counts(on=EVE) == {"province": 63, "district": 696, "commune": 10035}
    assert queries.unit_counts(on=DAY) == {"province": 34, "district": 0, "commune": 3321}


def test_no_unit_is_left_without_an_heir_and_none_without_an_origin(country: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT count(*) FROM registry_organization o WHERE upper(o.life) = %(day)s AND NOT EXISTS (
                   SELECT FROM registry_original g JOIN registry_resulting r ON r.event_id = g.event_id WHERE g.organization_id = o.id)),
               (SELECT count(*) FROM registry_organization o WHERE lower(o.life) = %(day)s AND NOT EXISTS (
                   SELECT FROM registry_resulting r JOIN registry_original g ON g.event_id = r.event_id
                   WHERE r.organization_id = o.id AND r.forms))""",
            {"day": DAY},
        )
        assert cursor.fetchone() == (0, 0)
    assert invariants.wrong() == {}


def test_every_unit_stands_where_its_code_says(country: str) -> None:
    for day, codes in ((EVE, listed("before")), (DAY, listed("after"))):
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT c.code, pc.code FROM registry_organizationcode c
                   LEFT JOIN registry_organizationparent p ON p.organization_id = c.organization_id AND p.valid @> %(day)s::date
                   LEFT JOIN registry_organizationcode pc ON pc.organization_id = p.parent_id AND pc.valid @> %(day)s::date
                   WHERE c.valid @> %(day)s::date""",
                {"day": day},
            )
            stands = dict(cursor.fetchall())
        assert set(stands) == codes | {reform.COUNTRY}
        assert {code: above for code, above in stands.items() if code in codes} == {
            code: code.rpartition("/")[0] or reform.COUNTRY for code in codes
        }


def test_a_second_replay_changes_nothing(country: str) -> None:
    before = invariants.state()
    reform.replay(by=intake.console())
    assert invariants.state() == before


def test_the_reform_is_one_act_in_the_journal(country: str) -> None:
    entry = entries.once("units-2025")
    assert entry is not None
    assert (entry.act, entry.on_day, entry.about_kind) == ("organization.changed", DAY, "registry.decision")
    assert set(ChangeEvent.objects.values_list("entry_id", flat=True)) == {entry.pk}
    assert ChangeEvent.objects.filter(on=DAY).count() == 34 + 3321 + 691  # each new unit once, each district with communes
