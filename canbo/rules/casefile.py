"""The facts of one case from a file of YAML or JSON, each read as the catalogue says it must be.

Keys may be flat (`person.sex: F`) or nested (`person: {sex: F}`). A key that is not there is unknown,
and so is one that is empty. Anything else, such as an unknown name, a wrong word or a list for a date, is refused
with its place, and nothing of the file is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from canbo.rules.reading import compose
from canbo.rules.schema import Catalogue, Fact, FactSpec
from canbo.rules.words import Place, RuleError, error, message

_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?")
_NOTHING = ("", "~", "null")


def read_case(text: str, facts: Catalogue, *, file: Path) -> dict[str, Fact]:
    """The facts of one case by name, accepted by the catalogue; each says in `source` where it stands.

    text   YAML or JSON of at most a million characters
    file   its name, for places in errors and for the source of each fact
    Raises RuleError with the first thing that is wrong.
    """
    tree = compose(text.removeprefix("\ufeff"), file)
    case: dict[str, Fact] = {}
    for name, key, node in _entries(tree, "", facts, file):
        if name in case:
            raise error("key_twice", name=name, place=_place(file, key))
        try:
            given = Fact(_value(facts[name], node), f"{file.name}:{key.start_mark.line + 1}")
            facts.accept_all({name: given})
        except RuleError as trouble:
            trouble.place = trouble.place or _place(file, key)
            raise
        case[name] = given
    return case


def _entries(node: yaml.Node | None, above: str, facts: Catalogue, file: Path) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """(name of the fact, its key, its value), however the keys are nested."""
    if node is None or (above and _is_nothing(node)):
        return
    if not isinstance(node, yaml.MappingNode):
        raise error("case_not_named", place=_place(file, node))
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise error("key_not_a_word", place=_place(file, key))
        name = f"{above}.{key.value}" if above else key.value
        room = any(known.startswith(f"{name}.") for known in facts)
        if room and name not in facts:
            yield from _entries(value, name, facts, file)
        else:
            yield name, key, value


def _value(spec: FactSpec, node: yaml.Node) -> Any:
    """The entry as the fact's own kind of value; the catalogue checks words, dates and range."""
    many = spec.type.kind in ("set", "list")
    if isinstance(node, yaml.SequenceNode) and many and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return tuple(None if _is_nothing(item) else item.value for item in node.value)
    if _is_nothing(node):
        return None
    if not isinstance(node, yaml.ScalarNode) or many:
        found = message("found_a_list" if isinstance(node, yaml.SequenceNode) else "found_names")
        shown = node.value if isinstance(node, yaml.ScalarNode) else found
        raise error("fact_of_other_type", name=spec.name, found=shown, expected=spec.type.say())
    return _scalar(spec, node.value, quoted=bool(node.style))


def written(spec: FactSpec, text: str) -> Any:
    """One value as it is written in a form or on the command line, such as yes, 12, 2026-10-01; the catalogue checks it.

    Raises RuleError for what is no number where one is asked for.
    """
    plain = text.strip()
    said = {"yes": "true", "no": "false"}.get(plain.lower(), plain.lower()) if spec.type.kind == "bool" else plain
    return _scalar(spec, said, quoted=False)


def _scalar(spec: FactSpec, text: str, *, quoted: bool) -> Any:
    if spec.type.kind == "bool":
        return {"true": True, "false": False}.get("" if quoted else text, text)
    if spec.type.kind != "int":
        return text  # words, codes with their leading zeros, and dates stay as written
    number = Decimal(text) if _NUMBER.fullmatch(text) else None
    if number is not None and spec.type.unit == "percent" and "." in text and abs(number) <= 1:
        number *= 100  # a rate written as a share: 0.25 is 25 per cent
    if number is None or not (spec.places or number == int(number)):
        raise error("fact_of_other_type", name=spec.name, found=text, expected=spec.type.say())
    return number if spec.places else int(number)


def _is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NOTHING


def _place(file: Path, node: yaml.Node) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)
