"""The common form against two independent engines of CEL, one in C++ and one in Rust.

In CEL an absent key is an error, and `&&` and `||` absorb errors; so an error there must be an unknown here, and
every known answer must be the same. CEL has no dates known in part, so everybody's dates are whole here; dates are
day numbers to it, and parameters are functions that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.rules import ir
from canbo.rules.dates import PartialDate
from canbo.rules.kleene import UNKNOWN, Scene
from canbo.rules.lower import Body as LoweredBody
from canbo.rules.lower import Lowering, cells, columns_of
from canbo.rules.syntax import Node, parse
from tests.rules import generated
from tests.rules.generated import ON
from tests.rules.test_oracle import EPOCH, day_number, months_between
from tests.trying import examples, imported

cplusplus = imported("cel_expr_python.cel", "the oracles are in the dev extra")
rust = imported("cel", "the oracles are in the dev extra")

BOOK = generated.corpus()
TODAY = day_number(ON)


def parameter(name: str) -> Callable[..., Any]:
    """A parameter as a function of plain values; outside its table it fails, as an unknown does in CEL."""
    takes = BOOK.parameters[name].signature().takes

    def find(*args: Any) -> Any:
        given_ = [EPOCH + timedelta(days=arg) if kind.kind == "date" else arg for arg, kind in zip(args, takes, strict=True)]
        found = BOOK.parameters.find(name, ON, given_).figure
        return day_number(found) if isinstance(found, date) else found

    return find


FUNCTIONS: Mapping[str, tuple[tuple[str, ...], str, Callable[..., Any]]] = {
    "date": (("text",), "int", lambda text: day_number(date.fromisoformat(text))),
    "months_since": (("int",), "int", lambda day: months_between(day, TODAY)),
    "years_since": (("int",), "int", lambda day: int(months_between(day, TODAY) / 12)),
    "months_between": (("int", "int"), "int", months_between),
    "min": (("int", "int"), "int", min),
    "max": (("int", "int"), "int", max),
    **{
        f"param_{name}": (tuple(kind.kind for kind in item.signature().takes), item.signature().gives.kind, parameter(name))
        for name, item in BOOK.parameters.items()
    },
}


def in_cplusplus() -> Any:
    kinds = {"bool": cplusplus.Type.BOOL, "text": cplusplus.Type.STRING, "enum": cplusplus.Type.STRING}

    def kind(name: str) -> Any:
        return kinds.get(name, cplusplus.Type.INT)

    functions = [
        cplusplus.FunctionDecl(
            name, [cplusplus.Overload(id=f"{name}_1", return_type=kind(gives), parameters=list(map(kind, takes)), impl=run)]
        )
        for name, (takes, gives, run) in FUNCTIONS.items()
    ]
    thing = cplusplus.Type.Map(cplusplus.Type.STRING, cplusplus.Type.DYN)
    return cplusplus.NewEnv(variables={"p": thing, "q": thing}, extensions=[cplusplus.CelExtension("canbo", functions)])


CPLUSPLUS = in_cplusplus()


def ask_cplusplus(text: str, data: Mapping[str, Any]) -> bool | None:
    answer = CPLUSPLUS.compile(text).eval(data=data)
    return bool(answer.value()) if answer.type().name() == "BOOL" else None


def ask_rust(text: str, data: Mapping[str, Any]) -> bool | None:
    context = rust.Context()
    for name, (_, _, run) in FUNCTIONS.items():
        context.add_function(name, run)
    for name, value in data.items():
        context.add_variable(name, value)
    try:
        answer = rust.evaluate(text, context)
    except (IndexError, KeyError, RuntimeError, TypeError, ValueError):
        return None
    assert isinstance(answer, bool)
    return answer


def whole(person: Mapping[str, Any]) -> dict[str, Any]:
    """The same person with every date known to the day."""
    return {name: value.first if isinstance(value, PartialDate) else value for name, value in person.items()}


def as_cel(scene: Scene) -> dict[str, dict[str, Any]]:
    """The case as CEL takes it: what is unknown is absent."""
    data: dict[str, dict[str, Any]] = {"p": {}, "q": {}}
    for name, spec in BOOK.facts.items():
        room, field = name.split(".")
        if spec.type.kind == "list":
            found = [scene.fact(Node("fact", (), f"{name}[{at}]")).value for at in range(spec.length)]
            data[room][field] = [value for value in found if value is not UNKNOWN]
            continue
        value = scene.fact(Node("fact", (), name)).value
        if value is not UNKNOWN:
            value = day_number(value) if isinstance(value, date) else value
            data[room][field] = sorted(value) if isinstance(value, frozenset) else value
    return data


@pytest.mark.parametrize("ask", [ask_cplusplus, ask_rust])
def test_engines_of_cel_say_what_the_common_form_says(ask: Callable[[str, Mapping[str, Any]], bool | None]) -> None:
    @settings(max_examples=examples(250), deadline=None)
    @given(text=generated.conditions, people=st.lists(generated.people, min_size=2, max_size=4))
    def agree(text: str, people: list[dict[str, Any]]) -> None:
        tree = LoweredBody(Lowering(BOOK, ON, {}, None), {}).truth(parse(text))
        names = columns_of([tree], BOOK.facts)
        for person in map(whole, people):
            said = ask(text.replace("param.", "param_"), as_cel(Scene(BOOK, person, ON)))
            assert ir.evaluate(tree, cells(BOOK, person, ON, names)) == said

    agree()
