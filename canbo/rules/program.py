"""Articles compiled to flat programs, so that one case is explained in microseconds.

Each article becomes one Python function, once: it takes the facts of a case and gives the outcome and the value of
every node of the article's tree, in a flat tuple. Unknown is None inside it. What a parameter says in an epoch (the days
between two changes of the law) is an argument, so that no function is compiled twice. The reader of single nodes in
`kleene` says what each operation means; a property test holds the two equal.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canbo.rules import kleene
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.dates import complete_months
from canbo.rules.params import AgeReached, OutsideTable, Table
from canbo.rules.syntax import Node, show

# Facts by name, None where unknown; a fact with a legal default is left out until it is given or worked out.
Cells = dict[str, Any]
Run = Callable[..., tuple[str, tuple[Any, ...] | None]]


# ---- operations on dates, None where unknown


def _known(value: kleene.Value) -> Any:
    return None if value is kleene.UNKNOWN else value


def _lt(left: Any, right: Any) -> bool | None:
    if left.__class__ is date and right.__class__ is date:
        return bool(left < right)
    return None if left is None or right is None else _known(kleene.less(left, right))


def _le(left: Any, right: Any) -> bool | None:
    more = _lt(right, left)
    return None if more is None else not more


def _eq(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else _known(kleene.equal(left, right))


def _among(value: Any, items: tuple[date, ...]) -> bool | None:
    found = [_eq(value, item) for item in items]
    return True if True in found else (None if None in found else False)


def _months(start: Any, end: Any) -> int | None:
    if start.__class__ is date and end.__class__ is date:
        return complete_months(start, end)
    return None if start is None or end is None else _known(kleene.months(start, end))


def _years(start: Any, end: date) -> int | None:
    if start.__class__ is date:
        return int(complete_months(start, end) / 12)
    return None if start is None else _known(kleene.years(start, end))


def _div(left: int | None, right: int | None) -> int | None:
    return None if left is None or not right else kleene.quotient(left, right)


def _mod(left: int | None, right: int | None) -> int | None:
    return None if left is None or not right else left - kleene.quotient(left, right) * right


_HELPERS = {"lt": _lt, "le": _le, "eq": _eq, "among": _among, "months": _months, "years": _years, "div": _div, "mod": _mod}
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "add": "+", "sub": "-", "mul": "*"}
_DATES = {"eq": "eq({0}, {1})", "lt": "lt({0}, {1})", "gt": "lt({1}, {0})", "le": "le({0}, {1})", "ge": "le({1}, {0})"}
_CALLS = {
    "and": "{1} if {0} is True else (False if {0} is False or {1} is False else None)",
    "or": "{1} if {0} is False else (True if {0} is True or {1} is True else None)",
    "if": "None if {0} is None else ({1} if {0} else {2})",
    "div": "div({0}, {1})",
    "mod": "mod({0}, {1})",
    "months_since": "months({0}, on)",
    "years_since": "years({0}, on)",
    "months_between": "months({0}, {1})",
}
# Unknown where any side is.
_STRICT = {"not": "not {0}", "neg": "-{0}", "min": "{0} if {0} <= {1} else {1}", "max": "{0} if {0} >= {1} else {1}"}
_STRICT |= {op: f"{{0}} {sign} {{1}}" for op, sign in _SIGNS.items()}

_OUTCOMES = {
    "require": ("{c} is True", "{c} is False"),
    "forbid": ("{c} is False", "{c} is True"),
}


class _Writer:
    """Writes the function of one article, a line for each node, in the order in which a reader would work it out."""

    def __init__(self, corpus: Corpus, article: Article | None) -> None:
        self.corpus = corpus
        self.steps = article.steps if article else {}
        self.lines: list[str] = []
        self.slots: dict[int, int] = {}  # id of a node -> its place in the tuple of values
        self.names: dict[str, str] = {}  # fact or step -> the variable that holds it
        self.needs: list[tuple[str, str]] = []  # ("param" | "default", name), in the order of the argument p
        self.constants: dict[str, object] = {}

    def write(self, node: Node) -> str:
        """Write the lines of a node and those below; gives the variable or literal that stands for its value."""
        match node.op:
            case "bool" | "int" | "text":
                return repr(node.value)
            case "date":
                return self.constant(node.value)
            case "fact":
                return self.fact(str(node.value))
            case "step":
                return self.step(str(node.value))
        args = [] if node.op == "in" else [self.write(below) for below in node.args]
        return self.line(node, self.expression(node, args))

    def line(self, node: Node, expression: str) -> str:
        name = f"v{len(self.slots)}"
        self.slots[id(node)] = len(self.slots)
        self.lines.append(f"{name} = {expression}")
        return name

    def constant(self, value: object) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def need(self, kind: str, name: str) -> str:
        if (kind, name) not in self.needs:
            self.needs.append((kind, name))
        return f"p{self.needs.index((kind, name))}"

    def fact(self, name: str) -> str:
        if name not in self.names:
            self.names[name] = f"f{len(self.names)}"
            taken = f"f[{name!r}]"
            if self.corpus.facts[name].otherwise is not None:
                taken += f" if {name!r} in f else {self.need('default', name)}(f, on)"
            self.lines.append(f"{self.names[name]} = {taken}")
        return self.names[name]

    def step(self, name: str) -> str:
        key = f"step.{name}"
        if key not in self.names:
            self.names[key] = self.write(self.steps[name].node)
        return self.names[key]

    def expression(self, node: Node, args: list[str]) -> str:
        if node.op == "param":
            return self.parameter(str(node.value), args)
        if node.op == "in":
            return self.member(*node.args)
        if node.op in _SIGNS and self.is_date(node.args[0]):
            if node.op == "ne":
                return f"(None if (e := eq({args[0]}, {args[1]})) is None else not e)"
            return _DATES[node.op].format(*args)
        if node.op in _CALLS:
            return _CALLS[node.op].format(*args)
        return self.strict(_STRICT[node.op].format(*args), args)

    def strict(self, expression: str, args: list[str]) -> str:
        doubtful = [f"{arg} is None" for arg in args if arg[0] in "fv" and arg[1:].isdecimal()]
        return f"None if {' or '.join(dict.fromkeys(doubtful))} else {expression}" if doubtful else expression

    def parameter(self, name: str, args: list[str]) -> str:
        taken = self.need("param", name)
        item = self.corpus.parameters[name]
        if isinstance(item, AgeReached):
            return self.strict(f"{taken}({', '.join(args)})", args)
        if not args:
            return taken
        return f"{taken}.get({args[0]})" if len(args) == 1 else f"{taken}.get(({', '.join(args)}))"

    def member(self, side: Node, among: Node) -> str:
        value = self.write(side)
        if among.op != "list":
            others = self.write(among)
            return self.strict(f"{value} in {others}", [value, others])
        items = tuple(-int(item.args[0].value) if item.op == "neg" else item.value for item in among.args)  # type: ignore[arg-type]
        if self.is_date(side):
            return f"among({value}, {self.constant(items)})"
        return self.strict(f"{value} in {items!r}", [value])

    def is_date(self, node: Node) -> bool:
        match node.op:
            case "fact":
                return self.corpus.facts[str(node.value)].type.kind == "date"
            case "step":
                return self.steps[str(node.value)].type.kind == "date"
            case "param":
                return self.corpus.parameters[str(node.value)].signature().gives.kind == "date"
            case "if":
                return self.is_date(node.args[1])
        return node.op == "date"

    def function(self, signature: str, title: str) -> Callable[..., Any]:
        """The function of what was written, made by Python itself: names and literals come from the parsed tree only."""
        taken = "".join(f"p{number}, " for number in range(len(self.needs)))
        head = [f"{taken}= p"] if taken else []
        body = "\n    ".join([*head, *self.lines])
        space: dict[str, Any] = {**_HELPERS, **self.constants}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # a literal asked whether it is True: no mistake here
            exec(compile(f"def run({signature}):\n    {body}\n", f"<{title}>", "exec"), space)  # noqa: S102
        run: Callable[..., Any] = space["run"]
        return run


@dataclass(frozen=True)
class Program:
    """An article compiled; `slots` finds the value of a node, by its id, in the tuple that `run` gives.

    run(f, on, p, free, lazy): `free` is whether no exception takes the article away (None: open); with `lazy` the tree of
    an article whose scope does not hold is not worked out, and None is given in its place.
    """

    article: Article
    run: Run
    slots: Mapping[int, int]
    needs: tuple[tuple[str, str], ...]
    texts: dict[int, str] = field(default_factory=dict)

    def text(self, node: Node) -> str:
        """A node of the article as text, written once; of another tree (a legal default) each time."""
        if id(node) in self.slots:
            return self.texts.get(id(node)) or self.texts.setdefault(id(node), show(node))
        return show(node)


def compiled(corpus: Corpus, article: Article) -> Program:
    """Compile one article; about half a millisecond."""
    writer = _Writer(corpus, article)
    scope = writer.write(article.scope) if article.scope else "True"
    if article.scope:
        writer.lines.append(f"if lazy and {scope} is False: return 'not_applicable', None")
    condition = writer.write(article.condition)
    for name in article.steps:
        writer.step(name)
    values = "".join(f"v{number}, " for number in range(len(writer.slots)))
    writer.lines += [
        f"values = ({values})",
        f"if {scope} is False or free is False: return 'not_applicable', values",
        f"sure = {scope} is True and free is True",
        *_outcome(article.effect, condition),
        "return 'unknown', values",
    ]
    run = writer.function("f, on, p, free, lazy", article.id)
    return Program(article, run, writer.slots, tuple(writer.needs))


def _outcome(effect: str, condition: str) -> Iterator[str]:
    if effect == "value":
        known = f"{condition} is not None" if condition[0] in "fvp" else "True"
        yield f"if sure and {known}: return 'value', values"
    elif effect in ("permit", "ground"):
        yield f"if {condition} is False: return 'not_applicable', values"
        yield f"if sure and {condition} is True: return 'pass', values"
    else:
        met, broken = (text.format(c=condition) for text in _OUTCOMES[effect])
        # Met in any case, even where it is not known whether the article applies.
        yield f"if {met}: return 'pass', values"
        yield f"if sure and {broken}: return 'fail', values"


# ---- what the law says in an epoch


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """An article's program with the parameters and exceptions of one epoch."""

    article: Article
    program: Program
    run: Run
    p: tuple[Any, ...]
    lifters: tuple[Bound, ...]


class Programs:
    """The programs of one rulebook, compiled when they are first needed and kept with it."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.blank: Cells = {}
        for name, spec in corpus.facts.items():
            named = [f"{name}[{number}]" for number in range(spec.length)] or [name]
            self.blank |= dict.fromkeys(named if spec.otherwise is None else ())
        self.days = sorted(self._changes())
        self._programs: dict[str, Program] = {}
        self._bound: dict[tuple[str, int], Bound] = {}
        self._plans: dict[tuple[str, int], tuple[Bound, ...]] = {}
        self._defaults: dict[tuple[str, int], Callable[[Cells, date], Any]] = {}
        self._figures: dict[tuple[str, int], Any] = {}

    def _changes(self) -> set[date]:
        """Every day from which an article or a parameter may say something else."""
        days = {day for article in self.corpus.articles.values() for day in (article.start, article.end) if day}
        for item in self.corpus.parameters.values():
            days |= {*item.breakpoints(), *([item.until] if isinstance(item, Table) and item.until else [])}
        return days

    def cells(self, values: Mapping[str, Any]) -> Cells:
        """The facts of a case as a program takes them."""
        cells = self.blank.copy()
        cells.update(values)
        return cells

    def plan(self, topic: str, on: date) -> tuple[Bound, ...]:
        """The articles on a topic in force on a day, superior issuers first."""
        key = (topic, bisect_right(self.days, on))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = tuple(self.bound(article, on) for article in self.corpus.in_force(on, topic))
        return plan

    def bound(self, article: Article, on: date) -> Bound:
        """One article, in force or not, as its parameters and exceptions are on a day."""
        epoch = bisect_right(self.days, on)
        bound = self._bound.get((article.id, epoch))
        if bound is None or bound.article is not article:
            program = self._programs.get(article.id)
            if program is None or program.article is not article:
                program = self._programs[article.id] = compiled(self.corpus, article)
            lifters = tuple(self.bound(lifter, on) for lifter in self.corpus.lifters(article.id, on))
            bound = Bound(article, program, program.run, self._taken(program.needs, epoch, on), lifters)
            self._bound[article.id, epoch] = bound
        return bound

    def _taken(self, needs: tuple[tuple[str, str], ...], epoch: int, on: date) -> tuple[Any, ...]:
        return tuple((self._figure if kind == "param" else self._default)(name, epoch, on) for kind, name in needs)

    def _figure(self, name: str, epoch: int, on: date) -> Any:
        """A parameter in an epoch: its figure, the figures by key, or the function that works it out."""
        key = (name, epoch)
        if key not in self._figures:
            item = self.corpus.parameters[name]
            self._figures[key] = _worked_out(item) if isinstance(item, AgeReached) else _figures(item, on)
        return self._figures[key]

    def _default(self, name: str, epoch: int, on: date) -> Callable[[Cells, date], Any]:
        """The legal default of a fact in an epoch; what it comes to is put among the cells, so that it is found once."""
        key = (name, epoch)
        if key not in self._defaults:
            writer = _Writer(self.corpus, None)
            node = self.corpus.facts[name].otherwise
            assert node is not None
            writer.lines.append(f"f[{name!r}] = result = {writer.write(node)}")
            writer.lines.append("return result")
            run, taken = writer.function("f, on, p", name), self._taken(tuple(writer.needs), epoch, on)
            self._defaults[key] = lambda f, on: run(f, on, taken)
        return self._defaults[key]


def _figures(table: Table, on: date) -> Any:
    """The figure of a table on a day, or its figures by key as values of the language."""
    number = bisect_right(table.days, on) - 1
    outside = number < 0 or bool(table.until and on >= table.until)
    figures = {} if outside else table.steps[number].figures
    if not table.keys:
        return figures.get(())
    kinds = [type_.kind for type_ in table.keys.values()]
    found = {
        tuple(word == "true" if kind == "bool" else word for kind, word in zip(kinds, key, strict=True)): figure
        for key, figure in figures.items()
    }
    return found if len(kinds) > 1 else {key[0]: figure for key, figure in found.items()}


def _worked_out(item: AgeReached) -> Callable[..., Any]:
    """The figure of a derived parameter, remembered by its arguments (at most some 70,000 days of birth)."""
    known: dict[tuple[Any, ...], Any] = {}

    def figure(*args: Any) -> Any:
        try:
            return known[args]
        except KeyError:
            try:
                found = item.resolve(*args).figure
            except OutsideTable:
                found = None
            known[args] = found
            return found

    return figure


def programs_of(corpus: Corpus) -> Programs:
    """The programs of a rulebook, kept with it as its other worked-out properties are."""
    kept = vars(corpus)
    if "_programs" not in kept:
        kept["_programs"] = Programs(corpus)
    found: Programs = kept["_programs"]
    return found
