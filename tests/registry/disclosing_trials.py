"""A call of each service of declaring ties and interests, for the test that every act leaves an entry."""

from __future__ import annotations

from datetime import date
from typing import Any

from canbo.registry import disclosing
from canbo.registry.days import since
from canbo.registry.models import Disclosure, Interest
from tests.procedures.case_trials import Trial


def trials(world: Any) -> dict[str, Trial]:
    """For each service: the act that must stand in the journal, whoever does it, and a call that does it."""
    on, relative = date(2026, 9, 1), world.person("Văn Anh", "Lê")
    by = world.account("declares", person=world.person("Thị Khai"))
    held = Interest.objects.create(
        person=by.person, enterprise="0101234567", role="owner", valid=since(date(2020, 1, 1)), **world.mark
    )
    named = {"number": relative.identification_number, "name": "Lê Văn Anh", "relation": "sibling"}
    kinship = Disclosure.Topic.KINSHIP
    return {
        "disclosing.name_relative": Trial(
            ("kinship.disclosed",), by, lambda: disclosing.name_relative(**named, by=by, on=on)
        ),
        "disclosing.name_interest": Trial(
            ("interest.disclosed",), by,
            lambda: disclosing.name_interest(enterprise="0309876543", role="owner", share=None, by=by, on=on),
        ),
        "disclosing.give_up": Trial(("interest.given_up",), by, lambda: disclosing.give_up(held, by=by, on=on)),
        "disclosing.declare": Trial(
            ("topic.disclosed",), by, lambda: disclosing.declare(topic=kinship, none=True, by=by, on=on)
        ),
    }  # fmt: skip
