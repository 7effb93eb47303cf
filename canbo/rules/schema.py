"""The catalogue of facts: what an article may mention, and how it may be compared.

`facts.yaml` gives each fact its type, unit, range and meaning. `check` walks an expression and
gives its type, or says what is wrong: an unknown fact, months against years, a date against a
number, a word that the fact can never be. What is not in the catalogue does not exist.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from canbo.rules.dates import PartialDate, earliest, latest, parse_date
from canbo.rules.reading import Part, nearest
from canbo.rules.syntax import COMPARISONS, Node, parse, walk
from canbo.rules.words import Message, Place, RuleError, error, message

KINDS = ("bool", "int", "enum", "date", "text", "set", "list")
MOST_ELEMENTS, MOST_PLACES = 12, 6
MOST_REMEMBERED = 200_000
UNITS = (
    "months", "years", "days", "people", "dong", "grade", "percent", "points", "coefficient", "votes", "posts", "units", "products",
)  # fmt: skip
REASONS = ("not_recorded", "unconfirmed", "disputed", "stale", "imprecise", "source_down")
Value = bool | int | str | date | PartialDate | frozenset[str] | tuple[str, ...]
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Type:
    """The type of an expression. `unit` is None for a bare number; `values` are an enum's words."""

    kind: str
    unit: str | None = None
    values: tuple[str, ...] = ()

    def say(self) -> Message:
        """The type in words, for errors."""
        name = message(f"type_{self.kind}")
        return message("type_with_unit", name=name, unit=message(f"unit_{self.unit}")) if self.unit else name


BOOL, INT, DATE, TEXT = Type("bool"), Type("int"), Type("date"), Type("text")
MONTHS, YEARS = Type("int", "months"), Type("int", "years")


@dataclass(frozen=True)
class Fact:
    """What the register hands over for one fact of the catalogue, for one person and post.

    value           bool; int in the catalogue's unit; str for an enum or a code; date, PartialDate
                    or ISO text (YYYY-MM-DD, YYYY-MM, YYYY) for a date; frozenset of str for a set;
                    None when unknown
    source          where it comes from, in words a reader can check ("intake decision 12/QD")
    as_of           the day on which the value held
    reason_unknown  why it is unknown: one of REASONS; only with value None
    confirmed       whether somebody answers for it; None where that is not asked
    """

    value: Value | None = None
    source: str = ""
    as_of: date | None = None
    reason_unknown: str = ""
    confirmed: bool | None = None


@dataclass(frozen=True)
class FactSpec:
    """One entry of facts.yaml.

    otherwise   expression used when the fact is not handed over at all: a legal default, such as
                "no exception has been granted" or "the general term"; `because` says why that holds
    asserted_by who states it: the register, or the body whose decision it is
    changeable  whether a change of it is a way from no to yes (an act); birth and sex are not
    length      of a list: how many elements an article may ask for, newest first
    places      decimal places: a fact handed over as 4.65 is 465 in the language where places is 2
    limit       whether to work out the value nearest to the present one that would pass
    moves_with_day  whether it moves along when the case is imagined on a later day
    """

    name: str
    type: Type
    label: Texts
    meaning: Texts
    source: Texts
    words: Mapping[str, Texts] = field(default_factory=dict)
    low: int | date | None = None
    high: int | date | None = None
    nullable: bool = True
    otherwise: Node | None = None
    because: Texts = field(default_factory=dict)
    asserted_by: Texts = field(default_factory=dict)
    changeable: bool = False
    limit: bool = False
    moves_with_day: bool = False
    length: int = 0
    places: int = 0

    @property
    def base(self) -> str:
        """The name as it is handed over: of an element, that of its list."""
        return self.name.partition("[")[0]

    def element(self, number: int) -> FactSpec:
        """The spec of one element of a list: a fact of its own, unknown where the list is shorter."""
        label = {language: f"{text} ({number + 1})" for language, text in self.label.items()}
        return replace(self, name=f"{self.name}[{number}]", type=Type("enum", None, self.type.values), label=label, length=0)


@dataclass(frozen=True)
class Signature:
    """What a parameter takes and gives, for checking."""

    takes: tuple[Type, ...]
    gives: Type


class Catalogue(Mapping[str, FactSpec]):
    """All facts by name."""

    def __init__(self, specs: Mapping[str, FactSpec], axioms: Sequence[Axiom] = ()) -> None:
        self._specs = dict(specs)
        self._elements = {
            element.name: element for spec in specs.values() for element in map(spec.element, range(spec.length))
        }  # fmt: skip
        self.axioms = tuple(axioms)
        self._accepted: dict[tuple[object, ...], object] = {}

    def __getitem__(self, name: str) -> FactSpec:
        found = self._specs.get(name) or self._elements.get(name)
        if found is None:
            raise error("fact_unknown", name=name, hint=nearest(name, self._specs))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._specs or name in self._elements

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def accept_all(self, given: Mapping[str, Fact | Value | None]) -> dict[str, Fact]:
        """Check all facts handed over; a list becomes one fact for each of its elements."""
        accepted: dict[str, Fact] = {}
        for name, value in given.items():
            if name in self._specs and self._specs[name].type.kind == "list":
                accepted.update(self._listed(self._specs[name], value if isinstance(value, Fact) else Fact(value)))
            else:
                accepted[name] = self.accept(name, value)
        return accepted

    def values_of(self, given: Mapping[str, Fact | Value | None]) -> dict[str, Value | None]:
        """`accept_all` for who needs the values only: each is checked once and then remembered, a few at 0.2 µs."""
        values: dict[str, Any] = {}
        accepted = self._accepted
        for name, fact in given.items():
            value: Any = fact.value if isinstance(fact, Fact) else fact
            if isinstance(fact, Fact) and fact.reason_unknown:
                self.accept(name, Fact(None, reason_unknown=fact.reason_unknown))
            if value.__class__ is list:
                value = tuple(value)
            try:
                found: Any = accepted[name, value.__class__, value]
            except (KeyError, TypeError):
                found = self._remembered(name, value)
            if found.__class__ is dict:
                values.update(found)
            else:
                values[name] = found
        return values

    def _remembered(self, name: str, value: Any) -> object:
        taken = {key: fact.value for key, fact in self.accept_all({name: value}).items()}
        found = taken.get(name, taken)
        if isinstance(value, Hashable) and len(self._accepted) < MOST_REMEMBERED:
            self._accepted[name, value.__class__, value] = found
        return found

    def _listed(self, spec: FactSpec, fact: Fact) -> Iterator[tuple[str, Fact]]:
        if fact.value is not None and not isinstance(fact.value, (list, tuple)):
            raise error("fact_of_other_type", name=spec.name, found=repr(fact.value), expected=spec.type.say())
        values = list(fact.value or ())[: spec.length]
        for number in range(spec.length):
            value = values[number] if number < len(values) else None
            element = replace(fact, value=value, reason_unknown=fact.reason_unknown if value is None else "")
            yield f"{spec.name}[{number}]", self.accept(f"{spec.name}[{number}]", element)

    def accept(self, name: str, given: Fact | Value | None) -> Fact:
        """Check one fact handed over, and bring its value into the form the readers use."""
        spec = self[name]
        fact = given if isinstance(given, Fact) else Fact(given)
        if fact.reason_unknown and fact.reason_unknown not in REASONS:
            raise error("reason_unknown", found=fact.reason_unknown, known=", ".join(REASONS))
        if fact.value is None:
            return fact
        value = _taken(spec, fact.value)
        same = value is fact.value
        return fact if same else Fact(value, fact.source, fact.as_of, "", fact.confirmed)


def _taken(spec: FactSpec, value: object) -> Value:
    """The value in the fact's own type; raises where it is of another type or out of range."""
    taken: Value | None = None
    match spec.type.kind:
        case "bool" if isinstance(value, bool):
            taken = value
        case "int" if spec.places and isinstance(value, (int, float, str, Decimal)) and not isinstance(value, bool):
            taken = _scaled(spec, value)
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            taken = value
        case "date" if isinstance(value, (date, PartialDate)):
            taken = value
        case "date" if isinstance(value, (str, int)) and not isinstance(value, bool):
            taken = parse_date(str(value))
        case "set" if isinstance(value, (frozenset, set, list, tuple)):
            taken = frozenset(str(item) for item in value)
        case "enum" if value in spec.type.values:
            taken = str(value)
        case "enum" if isinstance(value, str):
            hint = nearest(value, spec.type.values)
            known = ", ".join(spec.type.values)
            raise error("not_among", name=spec.name, found=value, hint=hint, known=known)
        case "text" if isinstance(value, str):
            taken = value
    if taken is None:
        raise error("fact_of_other_type", name=spec.name, found=repr(value), expected=spec.type.say())
    _in_range(spec, taken)
    return taken


def _scaled(spec: FactSpec, value: int | float | str | Decimal) -> int | None:
    """A number with decimal places as a whole number: 4.65 is 465 with two places; 4.655 is refused."""
    try:
        scaled = Decimal(str(value)).scaleb(spec.places)
    except InvalidOperation:
        return None
    if scaled != scaled.to_integral_value():
        raise error("too_many_places", name=spec.name, found=value, places=spec.places)
    return int(scaled)


def _in_range(spec: FactSpec, value: Value) -> None:
    low, high = spec.low, spec.high
    outside = False
    if isinstance(value, (date, PartialDate)):
        outside = (isinstance(low, date) and latest(value) < low) or (isinstance(high, date) and earliest(value) > high)
    elif isinstance(value, int) and not isinstance(value, bool):
        # `range` is written as the figure is handed over, places and all.
        low, high = (end * 10**spec.places if isinstance(end, int) else end for end in (low, high))
        outside = (isinstance(low, int) and value < low) or (isinstance(high, int) and value > high)
    if outside:
        raise error("out_of_range", name=spec.name, found=value, low=low, high=high)


# ---- reading facts.yaml


def load_facts(*parts: Part) -> Catalogue:
    """Read the catalogue, of one file or of several; raises RuleError with the first thing wrong."""
    specs, axioms, problems = read_facts(parts)
    if problems:
        raise problems[0]
    return Catalogue(specs, axioms)


def read_facts(parts: Sequence[Part]) -> tuple[dict[str, FactSpec], list[Axiom], list[RuleError]]:
    """Every fact and axiom that can be read, and what cannot.

    The expressions of `otherwise` and of axioms are checked once parameters are known.
    """
    specs: dict[str, FactSpec] = {}
    axioms: list[Axiom] = []
    problems: list[RuleError] = []
    for part in parts:
        for name, entry in part.parts():
            try:
                if name == "axioms":
                    axioms += [_axiom(item) for item in entry.items()]
                    continue
                if name in specs:
                    raise entry.wrong("fact_twice", name=name)
                specs[name] = _spec(name, entry)
            except RuleError as problem:
                problems.append(problem)
    return specs, axioms, problems


@dataclass(frozen=True)
class Axiom:
    """What holds of every real case, whatever the law says: keeps what is proved believable.

    Checked against nobody; only the prover assumes it, so that no witness is born in 1890 or leads at 17.
    """

    holds: Node
    text: str
    because: Texts
    place: Place | None


def _axiom(part: Part) -> Axiom:
    part.only(("holds", "because"))
    holds = part.at("holds")
    return Axiom(parse_part(holds), expression(holds), part.at("because").said(), holds.place)


_ENTRIES: tuple[str, ...] = (
    "type",
    "unit",
    "values",
    "range",
    "label",
    "meaning",
    "source",
    "nullable",
    "otherwise",
    "because",
    "asserted_by",
    "changeable",
    "limit",
    "moves_with_day",
    "length",
    "places",
)


def _spec(name: str, part: Part) -> FactSpec:
    part.only(_ENTRIES)
    if name.count(".") != 1 or name.split(".")[0] in ("param", "step"):
        raise part.wrong("fact_name_shape", name=name)
    kind = part.at("type").choice(KINDS)
    words: dict[str, Texts] = {}
    if kind in ("enum", "list"):
        words = {word: entry.said() for word, entry in part.at("values").parts()}
    unit = part.at("unit").choice(UNITS) if part.find("unit") else None
    low, high = _range(part, kind)
    otherwise = part.find("otherwise")

    def said(key: str) -> Texts:
        entry = part.find(key)
        return entry.said() if entry else {}

    def flag(key: str, usual: bool) -> bool:
        entry = part.find(key)
        return entry.flag() if entry else usual

    def count(key: str, most: int) -> int:
        entry = part.find(key)
        number = entry.number() if entry else 0
        if entry and not 1 <= number <= most:
            raise entry.wrong("count_out_of_range", name=key, found=number, most=most)
        return number

    if otherwise and not part.find("because"):
        raise otherwise.wrong("default_needs_reason", name=name)
    return FactSpec(
        name=name,
        type=Type(kind, unit, tuple(words)),
        label=part.at("label").said(),
        meaning=part.at("meaning").said(),
        source=part.at("source").said(),
        words=words,
        low=low,
        high=high,
        nullable=flag("nullable", True),
        otherwise=parse_part(otherwise) if otherwise else None,
        because=said("because"),
        asserted_by=said("asserted_by"),
        changeable=flag("changeable", False),
        limit=flag("limit", False),
        moves_with_day=flag("moves_with_day", False),
        length=count("length", MOST_ELEMENTS) if kind == "list" else 0,
        places=count("places", MOST_PLACES) if kind == "int" else 0,
    )


def _range(part: Part, kind: str) -> tuple[int | date | None, int | date | None]:
    entry = part.find("range")
    if entry is None:
        if kind in ("int", "date"):
            raise part.wrong("range_missing", name=part.name)
        return None, None
    ends = list(entry.items())
    if len(ends) != 2 or kind not in ("int", "date"):
        raise entry.wrong("range_shape", name=part.name)
    low, high = (end.day() if kind == "date" else end.number() for end in ends)
    return low, high


def parse_part(part: Part) -> Node:
    """Parse the expression that stands in a file; an error names file and line as well."""
    try:
        return parse(expression(part))
    except RuleError as trouble:
        trouble.place = part.place
        raise


def expression(part: Part) -> str:
    """The text of an expression; a bare true or false needs no quotes."""
    return str(part.data).lower() if isinstance(part.data, bool) else part.text()


# ---- types of expressions


@dataclass(frozen=True)
class Scope:
    """What an expression may mention."""

    facts: Catalogue
    params: Mapping[str, Signature]
    steps: Mapping[str, Type]
    products: bool = False  # whether facts may be multiplied and divided by each other: in figures only


def check(node: Node, scope: Scope) -> Type:
    """The type of an expression; raises RuleError with the span of what does not fit."""
    match node.op:
        case "bool":
            return BOOL
        case "int":
            return INT
        case "date":
            return DATE
        case "text":
            return Type("text", None, (str(node.value),))
        case "fact" | "step" | "param":
            return _named(node, scope)
        case "not":
            return _expect(node.args[0], BOOL, scope)
        case "and" | "or":
            for side in node.args:
                _expect(side, BOOL, scope)
            return BOOL
        case "if":
            _expect(node.args[0], BOOL, scope)
            return _same(node, check(node.args[1], scope), check(node.args[2], scope))
        case "in":
            return _membership(node, scope)
        case "min" | "max":
            return _arithmetic(node, scope)
        case "months_since" | "years_since" | "months_between":
            for side in node.args:
                _expect(side, DATE, scope)
            return YEARS if node.op == "years_since" else MONTHS
        case op if op in COMPARISONS.values():
            return _comparison(node, scope)
        case _:
            return _arithmetic(node, scope)


def check_text(node: Node, scope: Scope, part: Part) -> Type:
    """`check`, with file, line and the text itself added to any error."""
    try:
        return check(node, scope)
    except RuleError as trouble:
        trouble.place, trouble.text = part.place, expression(part)
        raise


def _named(node: Node, scope: Scope) -> Type:
    name = str(node.value)
    if node.op == "fact":
        if name not in scope.facts:
            raise error("fact_unknown", name=name, hint=nearest(name, scope.facts), span=node.span)
        if scope.facts[name].type.kind == "list":
            raise error("list_needs_element", name=name, most=scope.facts[name].length - 1, span=node.span)
        return scope.facts[name].type
    if node.op == "step":
        if name not in scope.steps:
            raise error("step_unknown", name=name, hint=nearest(name, scope.steps), span=node.span)
        return scope.steps[name]
    if name not in scope.params:
        raise error("param_unknown", name=name, hint=nearest(name, scope.params), span=node.span)
    signature = scope.params[name]
    if len(signature.takes) != len(node.args):
        raise error(
            "wrong_count",
            name=f"param.{name}",
            found=len(node.args),
            expected=len(signature.takes),
            span=node.span,
        )
    for side, expected in zip(node.args, signature.takes, strict=True):
        _expect(side, expected, scope)
    return signature.gives


def _expect(node: Node, expected: Type, scope: Scope) -> Type:
    found = check(node, scope)
    if not fits(found, expected):
        raise error("other_type", found=found.say(), expected=expected.say(), span=node.span)
    return expected


def fits(found: Type, expected: Type) -> bool:
    if expected.kind == "enum" and found.kind == "text" and found.values:
        return set(found.values) <= set(expected.values)
    if expected.kind == "enum" and found.kind == "enum":
        return set(found.values) <= set(expected.values)
    if expected.kind != found.kind:
        return False
    return found.unit == expected.unit or (found.kind == "int" and found.unit is None)


def _same(node: Node, one: Type, other: Type) -> Type:
    """One type for two sides; a bare number takes the unit of the other side."""
    left, right = node.args[-2:]
    if "enum" in (one.kind, other.kind) and "text" in (one.kind, other.kind):
        enum, word, side = (one, other, right) if one.kind == "enum" else (other, one, left)
        never = [each for each in word.values if each not in enum.values]
        if never:
            raise _no_such_word(enum, never[0], side)
        return enum
    if one.kind != other.kind or (one.kind == "enum" and set(one.values) != set(other.values)):
        raise error("types_differ", left=one.say(), right=other.say(), span=node.span)
    if one.unit and other.unit and one.unit != other.unit:
        raise error(
            "units_differ",
            left=message(f"unit_{one.unit}"),
            right=message(f"unit_{other.unit}"),
            hint=message("twelve_months") if {one.unit, other.unit} == {"months", "years"} else "",
            span=node.span,
        )
    if one.kind == "text":
        # A choice between words can be any of them; a word that is a fact's own can be anything.
        both = one.values and other.values
        return Type("text", None, tuple(dict.fromkeys((*one.values, *other.values)))) if both else TEXT
    return one if one.unit else other


def _no_such_word(enum: Type, word: str, node: Node) -> RuleError:
    known = ", ".join(enum.values)
    return error("word_never", found=word, hint=nearest(word, enum.values), known=known, span=node.span)


def _comparison(node: Node, scope: Scope) -> Type:
    one, other = (check(side, scope) for side in node.args)
    common = _same(node, one, other)
    if common.kind == "set":
        raise error("sets_only_in", span=node.span)
    if node.op not in ("eq", "ne") and common.kind not in ("int", "date"):
        raise error("no_order", found=common.say(), span=node.span)
    return BOOL


def _membership(node: Node, scope: Scope) -> Type:
    side, among = node.args
    found = check(side, scope)
    if among.op != "list":
        if check(among, scope).kind != "set":
            raise error("in_needs_list", span=among.span)
        if found.kind not in ("text", "enum"):
            raise error("other_type", found=found.say(), expected=TEXT.say(), span=side.span)
        return BOOL
    for item in among.args:
        _same(Node("eq", (side, item), None, item.span), found, check(item, scope))
    return BOOL


def _arithmetic(node: Node, scope: Scope) -> Type:
    types = [check(side, scope) for side in node.args]
    for side, found in zip(node.args, types, strict=True):
        if found.kind != "int":
            key = "dates_not_subtracted" if found.kind == "date" else "other_type"
            raise error(key, found=found.say(), expected=INT.say(), span=side.span)
    if node.op == "neg":
        return types[0]
    if node.op in ("mul", "div", "mod"):
        return _product(node, types[0], types[1], scope)
    return _same(node, types[0], types[1])


def _product(node: Node, one: Type, other: Type, scope: Scope) -> Type:
    """Products, quotients, remainders: by a constant anywhere, of two facts only where figures are worked out."""
    fixed = [_constant(side) for side in node.args]
    if not (fixed[1] if node.op in ("div", "mod") else any(fixed)) and not scope.products:
        raise error("constant_times", span=node.span)
    if node.op in ("div", "mod") and node.args[1] == Node("int", (), 0):
        raise error("division_by_zero", span=node.args[1].span)
    if node.op == "mod" or not other.unit:
        return one if one.unit else (other if node.op == "mul" else one)
    if node.op == "div":
        return INT  # of two counted things, their ratio counts nothing
    if not one.unit:
        return other
    # Money times months is money; of any other two the reader must not be told a unit.
    return next((side for side in (one, other) if side.unit == "dong"), INT)


def _constant(node: Node) -> bool:
    return all(part.op in ("int", "neg", "add", "sub", "mul") for part in walk(node))
