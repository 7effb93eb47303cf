"""Parameters: figures that the law sets and changes, each step with its first day and its source.

A *table* is given (`steps`); a *derived* parameter is worked out from a table, such as the day of
retirement from the table of ages. Neither is ever guessed outside its dates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import product

from canbo.rules.dates import PartialDate, earliest, first_of_month, last_day, month_index, parse_date
from canbo.rules.provenance import Source, load_source
from canbo.rules.reading import Part, nearest
from canbo.rules.schema import UNITS, Catalogue, Signature, Type
from canbo.rules.words import Message, RuleError, error, message

Figure = bool | int | str | date
Key = tuple[str, ...]


class OutsideTable(RuleError):
    """The table says nothing about this day, birth or key: the answer is unknown, not guessed."""


@dataclass(frozen=True)
class Step:
    """Figures that hold from a day on, by key."""

    since: date
    figures: Mapping[Key, Figure]


@dataclass(frozen=True)
class Table:
    """A dated table.

    keys        names of the keys with the words each may take
    steps       in the order of their days
    after_last  "hold": the last step stays; "error": nothing is known after `until`
    """

    name: str
    title: Mapping[str, str]
    gives: Type
    keys: Mapping[str, Type]
    steps: Sequence[Step]
    source: Source
    until: date | None = None
    days: Sequence[date] = field(default=())
    places: int = 0  # decimal places of its figures, which the language reads as whole numbers

    def signature(self) -> Signature:
        """What it takes and gives."""
        return Signature(tuple(self.keys.values()), self.gives)

    def lookup(self, on: date, *key: object) -> Figure:
        """The figure for `key` on a day; raises OutsideTable where the table says nothing."""
        number = bisect_right(self.days, on) - 1
        if number < 0 or (self.until and on >= self.until):
            raise OutsideTable(message("outside_table", name=self.title, on=on, since=self.days[0], until=self.until or "…"))
        figures = self.steps[number].figures
        wanted = tuple(str(part).lower() if isinstance(part, bool) else str(part) for part in key)
        if wanted not in figures:
            raise OutsideTable(message("no_such_key", name=self.title, key=", ".join(wanted)))
        return figures[wanted]

    def breakpoints(self) -> Sequence[date]:
        """Days on which a figure changes."""
        return self.days


@dataclass(frozen=True)
class Notice:
    """A figure together with something the reader must be told about how it was reached."""

    figure: Figure
    note: Message | None


@dataclass
class AgeReached:
    """The first month in which a person's age is at least what the table asks for in that month.

    The table gives months of age by calendar month (and by sex, where it has that key). The law
    lets a person go at the end of that month and pays the pension from the next.

    gives           last_day: the last day of that month; next_day: the first day of the next;
                    age: the age then, in months
    earliest_birth  first birth for which the table decides; earlier ones reached the age before it
    """

    name: str
    title: Mapping[str, str]
    table: Table
    outcome: str
    takes: Mapping[str, Type]
    earliest_birth: Mapping[str, date]
    source: Source
    _months: dict[tuple[Key, int], int] = field(default_factory=dict)

    def signature(self) -> Signature:
        """What it takes and gives."""
        gives = self.table.gives if self.outcome == "age" else Type("date")
        return Signature(tuple(self.takes.values()), gives)

    def resolve(self, *args: object) -> Notice:
        """Work it out; the last argument is the birth. A birth known to the month is exact enough."""
        *key, born = args
        if not isinstance(born, (date, PartialDate)):
            raise TypeError(f"{self.name} needs a date of birth, got {born!r}")
        only_year = isinstance(born, PartialDate) and born.month is None
        note = message("year_only_first_of_january", year=born.year) if only_year else None
        birth = earliest(born)
        words = tuple(str(part).lower() if isinstance(part, bool) else str(part) for part in key)
        first = self.earliest_birth.get(words[0] if words else "all")
        if first and birth < first:
            raise OutsideTable(message("born_before_table", name=self.title, born=born, first=first))
        month = self._month(words, month_index(birth))
        if self.outcome == "age":
            return Notice(month - month_index(birth), note)
        day = last_day(first_of_month(month)) if self.outcome == "last_day" else first_of_month(month + 1)
        return Notice(day, note)

    def _month(self, key: Key, birth: int) -> int:
        known = self._months.get((key, birth))
        if known is None:
            ages = [int(step.figures[key]) for step in self.table.steps]  # type: ignore[arg-type]
            known = next(
                month
                for month in range(birth + min(ages), birth + max(ages) + 1)
                if month - birth >= int(self.table.lookup(first_of_month(month), *key))  # type: ignore[arg-type]
            )
            self._months[key, birth] = known
        return known

    def breakpoints(self) -> Sequence[date]:
        """It depends on the birth, not on the day of asking."""
        return ()


Parameter = Table | AgeReached


class Parameters(Mapping[str, Parameter]):
    """All parameters by name."""

    def __init__(self, items: Mapping[str, Parameter]) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> Parameter:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def with_figure(self, name: str, day: date, key: Key, figure: Figure) -> Parameters:
        """The same with another figure for a key in the step that holds on a day, and all that is worked out from it.

        Raises OutsideTable where the table says nothing on that day, KeyError for what is no table or a key that it has not.
        """
        table = self._items[name]
        if not isinstance(table, Table):
            raise KeyError(f"{name} is worked out from {table.table.name}; change that")
        table.lookup(day, *key)
        number = bisect_right(table.days, day) - 1
        steps = list(table.steps)
        steps[number] = replace(steps[number], figures={**steps[number].figures, key: figure})
        changed = replace(table, steps=tuple(steps))
        derived = {
            each.name: replace(each, table=changed, _months={})
            for each in self._items.values()
            if isinstance(each, AgeReached) and each.table is table
        }
        return Parameters({**self._items, name: changed, **derived})

    def signatures(self) -> Mapping[str, Signature]:
        """What each takes and gives, for checking articles."""
        return {name: item.signature() for name, item in self._items.items()}

    def find(self, name: str, on: date, args: Sequence[object]) -> Notice:
        """The figure of a parameter for these arguments on a day."""
        item = self._items[name]
        return item.resolve(*args) if isinstance(item, AgeReached) else Notice(item.lookup(on, *args), None)

    def lookup(self, name: str, on: date, **keys: object) -> Figure:
        """The figure by named keys: `lookup("retirement_age", on=day, sex="F")`."""
        item = self._items[name]
        names = list(item.takes if isinstance(item, AgeReached) else item.keys)
        if set(names) != set(keys):
            raise error("wrong_keys", name=name, found=", ".join(keys), expected=", ".join(names))
        return self.find(name, on, [keys[key] for key in names]).figure


# ---- reading parameters/*.yaml

_TABLE = ("title", "type", "unit", "places", "values", "keys", "steps", "until", "source", "note")
_DERIVED = ("title", "derived", "age", "gives", "keys", "earliest_birth", "source", "note")


def read_parameters(parts: Sequence[Part], facts: Catalogue) -> tuple[Parameters, list[RuleError]]:
    """Every parameter that can be read, and what cannot; tables first, since the derived are worked out from them."""
    entries: dict[str, Part] = {}
    problems: list[RuleError] = []
    for part in parts:
        for name, entry in part.parts():
            if name in entries:
                problems.append(entry.wrong("name_twice", name=name, other=entries[name].place))
            entries.setdefault(name, entry)
    items: dict[str, Parameter] = {}
    tables: dict[str, Table] = {}
    for derived in (False, True):
        for name, entry in entries.items():
            try:
                if bool(entry.find("derived")) != derived:
                    continue
                if derived:
                    items[name] = _derived(name, entry, facts, tables)
                else:
                    items[name] = tables[name] = _table(name, entry, facts)
            except RuleError as problem:
                problems.append(problem)
    return Parameters(items), problems


def _keys(part: Part | None, facts: Catalogue) -> dict[str, Type]:
    """Each key is named and tied to a fact, or to a list of words of its own."""
    keys: dict[str, Type] = {}
    for name, entry in part.parts() if part else ():
        if isinstance(entry.data, list):
            keys[name] = Type("enum", None, tuple(item.text() for item in entry.items()))
            continue
        fact = entry.text()
        if fact not in facts:
            raise entry.wrong("fact_unknown", name=fact, hint=nearest(fact, facts))
        keys[name] = facts[fact].type
    return keys


def _table(name: str, part: Part, facts: Catalogue) -> Table:
    part.only(_TABLE)
    kind = part.at("type").choice(("int", "bool", "date", "enum"))
    unit = part.at("unit").choice(UNITS) if part.find("unit") else None
    values = tuple(item.text() for item in part.at("values").items()) if kind == "enum" else ()
    gives = Type(kind, unit, values)
    keys = _keys(part.find("keys"), facts)
    for key, type_ in keys.items():
        if type_.kind not in ("enum", "bool"):
            raise part.at("keys").wrong("key_not_listed", name=key)
    places = part.at("places").number() if part.find("places") else 0
    steps = [_step(entry, gives, keys, places) for entry in part.at("steps").items()]
    for before, after, entry in zip(steps, steps[1:], list(part.at("steps").items())[1:], strict=False):
        if after.since <= before.since:
            raise entry.wrong("steps_out_of_order", found=after.since, before=before.since)
    if not steps:
        raise part.at("steps").wrong("steps_missing", name=name)
    until = part.find("until")
    return Table(
        name=name,
        title=part.at("title").said(),
        gives=gives,
        keys=keys,
        steps=tuple(steps),
        source=load_source(part.at("source")),
        until=until.day() if until else None,
        days=tuple(step.since for step in steps),
        places=places,
    )


def _step(part: Part, gives: Type, keys: Mapping[str, Type], places: int) -> Step:
    part.only(("from", "value", "values", "note"))
    since = part.at("from").day()
    if not keys:
        return Step(since, {(): _figure(part.at("value"), gives, places)})
    figures: dict[Key, Figure] = {}
    words = [type_.values if type_.kind == "enum" else ("true", "false") for type_ in keys.values()]
    _fill(part.at("values"), words, (), figures, lambda entry: _figure(entry, gives, places))
    for key in product(*words):
        if key not in figures:
            raise part.at("values").wrong("key_missing", key=", ".join(key))
    return Step(since, figures)


def _fill(part: Part, words: list[tuple[str, ...]], key: Key, figures: dict[Key, Figure], read: Callable[[Part], Figure]) -> None:
    if len(key) == len(words):
        figures[key] = read(part)
        return
    part.only(words[len(key)])
    for word, entry in part.parts():
        _fill(entry, words, (*key, word), figures, read)


def _figure(part: Part, gives: Type, places: int) -> Figure:
    match gives.kind:
        case "int" if places:
            return _scaled(part, places)
        case "int":
            return part.number()
        case "bool":
            return part.flag()
        case "date":
            return part.day()
        case _:
            return part.choice(gives.values)


def _scaled(part: Part, places: int) -> int:
    """A figure with decimal places as a whole number: 0.35 is 35 with two places."""
    found = scaled(part.text(), places)
    if found is None:
        raise part.wrong("figure_places", found=part.text(), places=places)
    return found


def scaled(text: str, places: int) -> int | None:
    """A written figure as a whole number of its last place; None for what is none, or has more places."""
    try:
        figure = Decimal(text).scaleb(places)
        return int(figure) if figure == figure.to_integral_value() else None
    except (InvalidOperation, OverflowError, ValueError):
        return None


def _derived(name: str, part: Part, facts: Catalogue, tables: Mapping[str, Table]) -> AgeReached:
    part.only(_DERIVED)
    part.at("derived").choice(("first_month_of_age",))
    entry = part.at("age")
    table = tables.get(entry.text())
    if table is None or table.gives != Type("int", "months"):
        raise entry.wrong("derived_needs_table", name=name, found=entry.text(), known=", ".join(tables))
    takes = _keys(part.at("keys"), facts)
    *key, born = takes.values()
    if born.kind != "date" or key != list(table.keys.values()):
        raise part.at("keys").wrong("derived_keys", name=name, expected=", ".join([*table.keys, "born"]))
    return AgeReached(
        name=name,
        title=part.at("title").said(),
        table=table,
        outcome=part.at("gives").choice(("last_day", "next_day", "age")),
        takes=takes,
        earliest_birth=_births(part.find("earliest_birth"), table),
        source=load_source(part.at("source")),
    )


def _births(part: Part | None, table: Table) -> Mapping[str, date]:
    if part is None:
        return {}
    words = next(iter(table.keys.values())).values if table.keys else ("all",)
    part.only(words)
    return {word: earliest(parse_date(entry.text())) for word, entry in part.parts()}
