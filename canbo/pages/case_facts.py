"""Facts that only people can state: the fields in which they are asked, what was written there, and what was stated.

Not stated and no are two answers: a field that is left alone says nothing, and what the law presumes then stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from canbo.pages import asked, figures
from canbo.pages.case_steps import full_name
from canbo.procedures import grounds, stating
from canbo.procedures.models import Candidate, Case
from canbo.registry import people
from canbo.registry.models import Account
from canbo.rules import corpus
from canbo.rules.display import show_value
from canbo.rules.procedure import Procedure
from canbo.rules.schema import FactSpec
from canbo.rules.words import message

FACT, NUMBER, DATED = "fact:", "number:", "dated:"
MOST_WRITTEN = 40


@dataclass(frozen=True)
class Field:
    """One fact as a form asks for it: its words, how it is answered, and what was written there before a refusal.

    `kind`: bool, enum, int or date; `choices`: value and word; `presumed`: what the law takes where nothing is stated.
    """

    name: str
    kind: str
    label: str
    meaning: str
    unit: str
    choices: Sequence[tuple[str, str]]
    presumed: str
    given: str = ""
    number: str = ""
    dated: str = ""

    @property
    def touched(self) -> bool:
        return bool(self.given or self.number or self.dated)


def fields(names: Iterable[str], given: Mapping[str, str]) -> list[Field]:
    """The fields of some facts, in the reader's language, with what was written in them."""
    known = corpus.opened(settings.CANBO_RULEBOOK).facts
    return [_field(known[name], given) for name in names]


def _field(spec: FactSpec, given: Mapping[str, str]) -> Field:
    language, kind = figures.language(), spec.type.kind
    choices = [(value, figures.named(dict(words))) for value, words in spec.words.items()]
    if kind == "bool":
        choices = [(value, message(value).say(language)) for value in ("yes", "no")]
    unit = message(f"unit_{spec.type.unit}").say(language) if spec.type.unit else ""
    return Field(
        spec.name, kind, figures.named(dict(spec.label)), figures.named(dict(spec.meaning)), unit, choices,
        figures.named(dict(spec.because)) if spec.otherwise is not None else "",
        *(given.get(f"{part}{spec.name}", "") for part in (FACT, NUMBER, DATED)),
    )  # fmt: skip


def written(request: HttpRequest) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The facts of a form that somebody sent, and the documents named for them. Raises Refused."""
    said = {name[len(FACT) :]: asked.words(text, MOST_WRITTEN) for name, text in request.POST.items() if name.startswith(FACT)}
    facts = {name: grounds.read_in(name, text) for name, text in said.items() if text}
    papers: dict[str, dict[str, str]] = {}
    for name, text in request.POST.items():
        for part, word in ((NUMBER, "number"), (DATED, "on")):
            if name.startswith(part) and text.strip():
                papers.setdefault(name[len(part) :], {})[word] = asked.words(text, grounds.LONGEST + 1)
    return facts, papers


def waiting(case: Case, kind: Procedure, given: Mapping[str, str], *, on: date) -> list[dict[str, Any]]:
    """The names that wait for facts: which of them can be stated here, and which are entered in the register."""
    rows = list(case.candidates.filter(state=Candidate.State.INCOMPLETE).order_by("pk"))
    brief = people.brief([row.person_id for row in rows], on=on)
    told = []
    for row in rows:
        missing = {each["name"]: figures.named(each["label"]) for each in (row.verdict or {}).get("missing", [])}
        can = stating.lacking(kind, row)
        mine = given if given.get("person") == str(row.person_id) else {}
        told.append({
            "person": row.person_id, "name": full_name(brief[row.person_id]) if row.person_id in brief else f"#{row.person_id}",
            "fields": fields(can, mine), "entered": [label for name, label in missing.items() if name not in can],
        })  # fmt: skip
    return told


def stated(case: Case, part: str, reader: int | None, *, on: date) -> list[dict[str, Any]]:
    """What was stated in a case, with the document on which it rests, who stated it and when; to its subject without who."""
    every = [each for each in grounds.statements(case) if part == "reader" or each["person"] in (None, reader)]
    labels = dict(Account.objects.filter(pk__in={each["by"] for each in every}).values_list("pk", "label"))
    brief = people.brief(sorted({each["person"] for each in every if each["person"]} - {case.person_id}), on=on)
    known, language = corpus.opened(settings.CANBO_RULEBOOK).facts, figures.language()
    told = []
    for each in every:
        for name, value in each["facts"].items():
            if name not in known:  # a later rulebook has it no more
                told.append({"label": name, "value": str(value)})
                continue
            paper, spec = each["documents"].get(name, {}), known[name]
            shown = show_value(known.accept(name, value).value, spec.type, language, spec=spec)
            told.append({
                "label": figures.named(dict(spec.label)), "value": shown, "document": paper.get("number", ""),
                "dated": date.fromisoformat(paper["on"]) if paper.get("on") else None, "on": date.fromisoformat(each["on"]),
                "by": labels.get(each["by"], "") if part == "reader" else "", "later": each["person"] is not None,
                "of": full_name(brief[each["person"]]) if each["person"] in brief else "",
            })  # fmt: skip
    return told
