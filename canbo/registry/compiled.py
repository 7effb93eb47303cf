"""A queryset whose SQL is built once and asked many times: for what every page asks.

Django takes longer to build the SQL of a small question than the database takes to answer it. `Compiled` has it built at the
first asking, with marks where the values go, and keeps it for the life of the process.

    _grants = Compiled(lambda account, day: Grant.objects.filter(account_id=account, valid__contains=day))
    _grants(account=7, day=date(2026, 3, 1))

What is given may be a whole number, a text, a day, a moment or a `Numbers`, and must stand in the question as it is; never None.
Several numbers at once are asked for by `__one_of`, whose SQL is the same however many they are:

    _logs = Compiled(lambda of: Log.objects.filter(assignment__one_of=of))
    _logs(of=Numbers([3, 5, 8]))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import BigAutoField, ForeignKey, Lookup, Model, QuerySet
from django.db.models.query import get_related_populators

from canbo.registry.planned import ask

M = TypeVar("M", bound=Model)
#: A mark for a value of each kind, which no question holds of itself.
MARKS: dict[type, Callable[[int], Any]] = {
    int: lambda number: 4_611_686_018_427_300_000 + number,
    str: lambda number: f"\ue000canbo mark {number}\ue001",
    datetime: lambda number: datetime(1, 1, 2, 3, 4, 5, 600_000 + number, tzinfo=UTC),
    date: lambda number: date(1, 1, 3 + number),
}


class Numbers(str):
    """Whole numbers as PostgreSQL reads an array of them."""

    def __new__(cls, numbers: Iterable[int]) -> Numbers:
        return super().__new__(cls, f"{{{','.join(map(str, numbers))}}}")


MARKS[Numbers] = lambda number: str.__new__(Numbers, f"{{{MARKS[int](number)}}}")


@BigAutoField.register_lookup
@ForeignKey.register_lookup
class OneOf(Lookup):
    """Whether a number is one of some: `pk__one_of=Numbers([3, 5])`."""

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The comparison with an array, one parameter however long."""
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY (%s::bigint[])", (*parameters, self.rhs)


@dataclass(frozen=True)
class _Held:
    """What was built: the SQL, its parameters (or the name of what takes their place), and how a row becomes an object."""

    sql: str
    parameters: tuple[tuple[str | None, Any], ...]
    model: type[Model]
    names: tuple[str, ...]
    first: int
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]
    annotations: tuple[tuple[str, int], ...]
    populators: tuple[Any, ...]


class Compiled(Generic[M]):
    """A question by its values. `build` gets a mark for each value and gives a queryset of whole objects.

    Raises ValueError where a value does not reach the database as it is, TypeError for a kind that has no mark.
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self._build = build
        self._held: _Held | None = None

    def __call__(self, **given: Any) -> list[M]:
        """The objects that the question finds, in its order; foreign objects that it selects are there too."""
        if self._held is None:
            self._held = _compiled(self._build, given)
        held = self._held
        answer = ask(held.sql, [value if name is None else given[name] for name, value in held.parameters])
        return [_object(held, row) for row in answer.rows]  # type: ignore[misc]

    def first(self, **given: Any) -> M | None:
        """The first object, or None."""
        return next(iter(self(**given)), None)


def _object(held: _Held, row: Any) -> Model:
    if held.converters:
        row = list(row)
        for place, converters, expression in held.converters:
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
    found = held.model.from_db(connection.alias, held.names, row[held.first : held.first + len(held.names)])
    for populator in held.populators:
        populator.populate(row, found)
    for name, place in held.annotations:
        setattr(found, name, row[place])
    return found


def _compiled(build: Callable[..., QuerySet[Any]], given: dict[str, Any]) -> _Held:
    marks = {name: _mark(value, number) for number, (name, value) in enumerate(given.items())}
    names = {(type(mark), mark): name for name, mark in marks.items()}
    query = build(**marks).query
    compiler = query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    told = tuple((names.get((type(value), value)), value) for value in parameters)
    lost = marks.keys() - {name for name, _ in told}
    if lost:
        raise ValueError(f"The question does not hand on {', '.join(sorted(lost))} as given: build it anew each time.")
    kind, select = compiler.klass_info, compiler.select
    assert kind is not None and select is not None
    fields = kind["select_fields"]
    return _Held(
        sql=sql,
        parameters=tuple((name, None if name else value) for name, value in told),
        model=kind["model"],
        names=tuple(each[0].target.attname for each in select[fields[0] : fields[-1] + 1]),
        first=fields[0],
        converters=tuple(
            (place, tuple(converters), expression)
            for place, (converters, expression) in compiler.get_converters([each[0] for each in select]).items()
        ),
        annotations=tuple((compiler.annotation_col_map or {}).items()),
        populators=tuple(get_related_populators(kind, select, connection.alias)),  # type: ignore[call-arg]
    )


def _mark(value: Any, number: int) -> Any:
    make = MARKS.get(type(value))
    if make is None:
        raise TypeError(f"There is no mark for {type(value).__name__}: give a whole number, a text, a day or a moment.")
    return make(number)
