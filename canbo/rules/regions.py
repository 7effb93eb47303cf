"""Articles of one topic on one day as regions of cases, and the questions that a solver answers about them.

A case is taken to be known in every fact (see smt.py), decided on the day asked about, and bound by the
axioms of the catalogue. A fact that moves along with the day, such as the day on which a file was received,
is taken to be that day, unless an article of the topic distinguishes cases by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

import numpy as np
import z3

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.crowd import Crowd
from canbo.rules.dense import Bools, day_of
from canbo.rules.ir import Expr
from canbo.rules.lower import Body, Lowered, LoweredValue, Lowering, columns_of
from canbo.rules.schema import FactSpec
from canbo.rules.smt import YES_OR_NO, Bool, Encoder
from canbo.rules.syntax import Node, facts_in
from canbo.rules.witness import Given

# How much work one question may take, in the solver's own count, so that a loaded machine decides no less than a
# quiet one: some seconds. A longer one is listed as not decided.
PATIENCE = 4_000_000
SEEDS = (1, 2, 3)
BLOCK = 64
_COUNTING = frozenset(("months_between", "months_since", "years_since"))


# The facts of a case, worked out when they are asked for.
Facts = Callable[[], dict[str, Given]]


class NotDecided(Exception):
    """The solver gave up on a question."""


class Claim:
    """A formula about a case, with the facts that it rests on and, where it was worked out, who in the crowd shows it.

    The formula is put together when the solver needs it: most claims are settled by the crowd.
    """

    __slots__ = ("_formula", "shown", "touches")

    def __init__(
        self, formula: Bool | Callable[[], Bool], touches: frozenset[str] = frozenset(), shown: Bools | None = None
    ) -> None:
        self._formula = formula
        self.touches = touches
        self.shown = shown

    @property
    def formula(self) -> Bool:
        """The formula."""
        if not isinstance(self._formula, z3.BoolRef):
            self._formula = self._formula()
        return self._formula

    def __and__(self, other: Claim) -> Claim:
        shown = None if self.shown is None or other.shown is None else self.shown & other.shown
        return Claim(lambda: z3.And(self.formula, other.formula), self.touches | other.touches, shown)

    def __or__(self, other: Claim) -> Claim:
        shown = None if self.shown is None or other.shown is None else self.shown | other.shown
        return Claim(lambda: z3.Or(self.formula, other.formula), self.touches | other.touches, shown)

    def __invert__(self) -> Claim:
        return Claim(lambda: z3.Not(self.formula), self.touches, None if self.shown is None else ~self.shown)


NOWHERE = Claim(z3.BoolVal(False))


def any_of(claims: Sequence[Claim]) -> Claim:
    """Where at least one claim holds."""
    if not claims:
        return NOWHERE
    shown: Bools | None = None
    if all(claim.shown is not None for claim in claims):
        shown = np.logical_or.reduce([claim.shown for claim in claims if claim.shown is not None])
    touches = frozenset[str]().union(*(claim.touches for claim in claims))
    return Claim(lambda: z3.Or(*[claim.formula for claim in claims]), touches, shown)


class Regions:
    """The articles given, on one day.

    pinned  facts taken to be that day; worked out from the articles where None
    crowd   whether to ask a crowd of made-up cases before the solver
    tag     tells the auxiliary variables of two books in one question apart
    """

    def __init__(
        self,
        corpus: Corpus,
        articles: Sequence[Article],
        on: date,
        *,
        pinned: frozenset[str] | None = None,
        tag: str = "",
        crowd: bool = True,
    ) -> None:
        self.corpus = corpus
        self.articles = articles
        self.on = on
        self.pinned = _pinned(corpus, articles) if pinned is None else pinned
        self.encoder = Encoder(corpus.facts, tag=tag)
        self.lowering = Lowering(corpus, on, dict.fromkeys(self.pinned, on), _columns(_every(corpus)))
        self._claims: dict[tuple[Expr, bool], Claim] = {}
        self._lowered: dict[str, Lowered] = {}
        self._figures: dict[str, LoweredValue] = {}
        self._about = [(axiom, _drawn_on(corpus, facts_in(axiom.holds)) - self.pinned) for axiom in corpus.facts.axioms]
        self._remaining: dict[tuple[int, frozenset[str]], tuple[Expr | None, frozenset[str]]] = {}
        self.asked = 0
        self.crowd = self._gather() if crowd else None

    def _gather(self) -> Crowd:
        """A crowd for all the trees of these articles."""
        trees: list[Expr] = []
        for article in self.articles:
            if article.effect == "value":
                trees += [self.figure(article).applies, self.figure(article).value]
            else:
                found = self.lowered(article)
                trees += [found.scope, found.condition, found.applies, found.kept]
        known = frozenset(column.fact for column in columns_of(trees, self.corpus.facts).values())
        return Crowd(self.corpus, trees, self._bound(known)[1], self.on)

    # ---- regions

    def lowered(self, article: Article) -> Lowered:
        """An article that decides, in the common form."""
        if article.id not in self._lowered:
            self._lowered[article.id] = self.lowering.article(article)
        return self._lowered[article.id]

    def figure(self, article: Article) -> LoweredValue:
        """An article that gives a figure, in the common form."""
        if article.id not in self._figures:
            self._figures[article.id] = self.lowering.figure(article)
        return self._figures[article.id]

    def surely(self, expr: Expr) -> Claim:
        """Where a tree is surely true."""
        return self._claim(expr, True)

    def surely_not(self, expr: Expr) -> Claim:
        """Where a tree is surely false."""
        return self._claim(expr, False)

    def _claim(self, expr: Expr, answer: bool) -> Claim:
        key = (expr, answer)
        if key not in self._claims:
            yes, no = self.encoder.truth(expr)
            self._claims[key] = Claim(yes if answer else no, self.encoder.touched(expr), self._shown(expr, answer))
        return self._claims[key]

    def _shown(self, expr: Expr, answer: bool) -> Bools | None:
        found = self.crowd.read(expr) if self.crowd else None
        return None if found is None else np.asarray(found[1] & (found[0].astype(np.bool_) == answer))

    def scope(self, article: Article) -> Claim:
        """Where an article applies, exceptions left aside."""
        return self.surely(self._applies(article) if article.effect == "value" else self.lowered(article).scope)

    def _applies(self, article: Article) -> Expr:
        return self.figure(article).applies

    def applies(self, article: Article) -> Claim:
        """Where an article applies, exceptions taken into account."""
        return self.surely(self._applies(article) if article.effect == "value" else self.lowered(article).applies)

    def fails(self, article: Article) -> Claim:
        """The forbidding region: where an article refuses."""
        return self.surely_not(self.lowered(article).kept)

    def fails_itself(self, article: Article) -> Claim:
        """Where it would refuse if there were no exceptions."""
        found = self.lowered(article)
        broken = self.surely(found.condition) if article.effect == "forbid" else self.surely_not(found.condition)
        return self.surely(found.scope) & broken

    def passes(self, article: Article) -> Claim:
        """Where a requirement applies and is met."""
        found = self.lowered(article)
        return self.surely(found.applies) & self.surely(found.kept)

    def grants(self, article: Article) -> Claim:
        """The granting region: where a permit or a ground holds."""
        return self.surely(self.lowered(article).kept)

    def allows(self, article: Article) -> Claim:
        """Where a requirement is about the case and does not refuse: it is met, or an exception takes it away."""
        found = self.lowered(article)
        return self.surely(found.scope) & self.surely(found.kept)

    def withholds(self, article: Article) -> Claim:
        """Where a ground or permit is asked about and its condition does not hold."""
        found = self.lowered(article)
        return self.surely(found.scope) & self.surely_not(found.condition)

    def gives(self, article: Article) -> Claim:
        """Where a figure is given."""
        return self.applies(article) & self._known(self.figure(article))

    def silent(self, article: Article) -> Claim:
        """Where an article applies and yet gives no figure."""
        return self.applies(article) & ~self._known(self.figure(article))

    def _known(self, figure: LoweredValue) -> Claim:
        if figure.value.kind == "bool":
            return self.surely(figure.value) | self.surely_not(figure.value)
        known = self.encoder.number(figure.value).known
        found = self.crowd.read(figure.value) if self.crowd else None
        shown = None if found is None else np.asarray(found[1])
        if "undetermined" in figure.words:
            word = figure.words.index("undetermined")
            known = z3.And(known, self.encoder.number(figure.value).value != word)
            shown = None if found is None else np.asarray(found[1] & (found[0] != word))
        return Claim(known, self.encoder.touched(figure.value), shown)

    def differs(self, one: Article, other: Article) -> Claim:
        """Where two articles give figures that are not the same."""
        left, right = self.figure(one), self.figure(other)
        both = self.gives(one) & self.gives(other)
        if left.value.kind == "bool" or right.value.kind == "bool":
            apart = self.surely(left.value) & self.surely_not(right.value)
            return both & (apart | (self.surely_not(left.value) & self.surely(right.value)))
        if one.unit == other.unit == "month":
            (month, days), (later, others) = (self.encoder.month(each.value) for each in (left, right))
            return both & Claim(month != later, days | others)
        places = max(one.places, other.places)
        shown = self._apart(left, right, 10 ** (places - one.places), 10 ** (places - other.places))
        return both & Claim(self._scaled(one, other, places) != self._scaled(other, one, places), shown=shown)

    def _apart(self, left: LoweredValue, right: LoweredValue, scale: int, other: int) -> Bools | None:
        if self.crowd is None or left.words != right.words:
            return None
        found, beside = self.crowd.read(left.value), self.crowd.read(right.value)
        return None if found is None or beside is None else np.asarray(found[0] * scale != beside[0] * other)

    def _scaled(self, article: Article, beside: Article, places: int) -> z3.ArithRef:
        """A figure in a common measure with another: the same decimal places, the same numbers for words."""
        figure, other = self.figure(article), self.figure(beside)
        value = self.encoder.number(figure.value).value
        if figure.words == other.words:
            return value * 10 ** (places - article.places) if places > article.places else value
        words = sorted({*figure.words, *other.words})
        for at, word in enumerate(figure.words):
            value = z3.If(self.encoder.number(figure.value).value == at, z3.IntVal(-1 - words.index(word)), value)
        return value

    def conditions_differ(self, one: Article, other: Article) -> Claim:
        """Where both apply and one condition holds and the other does not."""
        left, right = (self.surely(self.lowered(each).condition) for each in (one, other))
        apart = Claim(left.formula != right.formula, left.touches | right.touches)
        return self.scope(one) & self.scope(other) & apart

    def value(self, article: Article) -> z3.ArithRef:
        """The figure that an article gives, as a number."""
        return self.encoder.number(self.figure(article).value).value

    def equals(self, fact: str, value: int) -> Claim:
        """Where a word or number is this one."""
        column = self.encoder.column(fact)
        return Claim(column[0] == value, frozenset((fact,)))

    # ---- questions

    def beside(self, touches: Iterable[str]) -> list[Bool]:
        """Ranges, calendars and axioms for formulas that rest on these facts."""
        names = set(touches)
        facts, trees = self._bound(names)
        axioms = [~self.surely_not(tree) for tree in trees]
        names |= facts.union(*[axiom.touches for axiom in axioms])
        return self.encoder.rules(names) + [axiom.formula for axiom in axioms]

    def known(self, touches: Iterable[str]) -> frozenset[str]:
        """The facts that a case takes to show what rests on these: these, and those that axioms ask of it beside them."""
        return self._bound(touches)[0]

    def _bound(self, touches: Iterable[str]) -> tuple[frozenset[str], list[Expr]]:
        """The facts of a case that rests on these, and what the axioms say of it where the rest is not known.

        An axiom can be broken by one of its facts alone. A fact that would be worked out from the others, and that
        an axiom then speaks of, is a fact of the case too: it may be on record as something else.
        """
        facts = frozenset(name for name in touches if not name.startswith("#"))
        while True:
            found = [self._remains(number, about & facts) for number, (_, about) in enumerate(self._about) if about & facts]
            more = frozenset[str]().union(*[derived for _, derived in found])
            if more <= facts:
                return facts, [tree for tree, _ in found if tree is not None]
            facts |= more

    def _remains(self, number: int, facts: frozenset[str]) -> tuple[Expr | None, frozenset[str]]:
        """What is left of an axiom where only these facts are known, None where they cannot break it; and what it works out."""
        key = (number, facts)
        if key not in self._remaining:
            axiom, about = self._about[number]
            specs = [self.corpus.facts[name] for name in facts]
            lowering = Lowering(self.corpus, self.on, dict.fromkeys(self.pinned, self.on), _columns(specs))
            tree = Body(lowering, {}).truth(axiom.holds)
            broken = tree.op != "const" or tree.value is False
            absent = facts_in(axiom.holds) - self.pinned - facts
            derived = frozenset(name for name in absent if broken and self.corpus.facts[name].otherwise is not None)
            self._remaining[key] = (tree if broken else None), derived
        return self._remaining[key]

    def solver(self, touches: Iterable[str]) -> z3.Solver:
        """A solver that knows what must hold of every case."""
        # Without the preprocessing of a general solver: these questions are small and many.
        solver = z3.SimpleSolver()
        solver.set("rlimit", PATIENCE)
        solver.add(*self.beside(touches))
        return solver

    def find(self, claim: Claim) -> dict[str, Given] | None:
        """A case in which a claim holds, or None where there is none. Raises NotDecided."""
        somebody = self.somebody(claim.shown, claim.touches)
        if somebody is not None:
            return somebody
        solver = self.solver(claim.touches)
        solver.add(claim.formula)
        return self.model(solver, claim.touches) if self.holds(solver) else None

    def possible(self, claim: Claim) -> bool:
        """Whether there is a case in which a claim holds. Raises NotDecided."""
        if claim.shown is not None and claim.shown.any():
            return True
        solver = self.solver(claim.touches)
        solver.add(claim.formula)
        return self.holds(solver)

    def somebody(self, shown: Bools | None, touches: Iterable[str]) -> dict[str, Given] | None:
        """Somebody in the crowd who shows a claim, with the facts that it rests on; None where nobody does."""
        if self.crowd is None or shown is None or not shown.any():
            return None
        return self._shown_by(int(shown.argmax()), touches)

    def _shown_by(self, row: int, touches: Iterable[str]) -> dict[str, Given]:
        facts: dict[str, Given] = dict.fromkeys(sorted(self.pinned), self.on)
        return facts | self.crowd.person(row, self.known(touches)) if self.crowd else facts

    def falling(self, article: Article, spec: FactSpec) -> tuple[dict[str, Given], int] | None:
        """Somebody in the crowd whose figure falls when a fact rises by one, by half a dozen or by a dozen, and by how much."""
        value = self.figure(article).value
        now = self.crowd.read(value) if self.crowd else None
        for by in (1, 6, 12):
            then = self.crowd.moved(value, spec.name, by) if self.crowd else None
            if self.crowd is None or now is None or then is None:
                return None
            falls = np.asarray(now[1] & then[1] & (then[0] < now[0]))
            if isinstance(spec.high, int):
                falls &= self.crowd.facts[spec.name] + by <= spec.high * 10**spec.places
            somebody = self.somebody(falls, self.encoder.touched(value))
            if somebody is not None:
                return somebody, by
        return None

    def find_with(self, claim: Claim, figure: z3.ArithRef) -> tuple[dict[str, Given] | None, int]:
        """A case in which a claim holds, and what a figure comes to in it."""
        solver = self.solver(claim.touches)
        solver.add(claim.formula)
        if not self.holds(solver):
            return None, 0
        return self.model(solver, claim.touches), solver.model().eval(figure, model_completion=True).as_long()

    def holds(self, solver: z3.Solver, *assumed: Bool) -> bool:
        """Whether what a solver holds can be."""
        self.asked += 1
        answer = solver.check(*assumed)
        # Which way a solver goes first hangs on what the process asked before: one that gave up tries other ways.
        for seed in SEEDS:
            if answer != z3.unknown:
                break
            solver.set("random_seed", seed)
            answer = solver.check(*assumed)
        if answer == z3.unknown:
            raise NotDecided(solver.reason_unknown())
        return bool(answer == z3.sat)

    def pairs(
        self,
        lefts: Mapping[int, Claim],
        rights: Mapping[int, Claim],
        wanted: Collection[tuple[int, int]],
        gave_up: Callable[[int, int], None],
    ) -> Iterator[tuple[int, int, Facts]]:
        """Every wanted pair of claims that can hold together, with the facts of a case; `gave_up` is told of pairs not decided.

        One solver for a block of claims, each behind a switch: it learns from pair to pair, and
        never holds so much that it slows down.
        """
        rows = {row: number // BLOCK for number, row in enumerate(sorted(lefts))}
        columns = {column: number // BLOCK for number, column in enumerate(sorted(rights))}
        blocks: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for left, right in wanted:
            blocks.setdefault((rows[left], columns[right]), []).append((left, right))
        for _, block in sorted(blocks.items()):
            yield from self._block(lefts, rights, sorted(block), gave_up)

    def _block(
        self,
        lefts: Mapping[int, Claim],
        rights: Mapping[int, Claim],
        block: Sequence[tuple[int, int]],
        gave_up: Callable[[int, int], None],
    ) -> Iterator[tuple[int, int, Facts]]:
        hidden = []
        for left, right in block:
            here, there = lefts[left], rights[right]
            shown = None if here.shown is None or there.shown is None else here.shown & there.shown
            if shown is None or not shown.any():
                hidden.append((left, right))
            else:
                yield left, right, partial(self._shown_by, int(shown.argmax()), here.touches | there.touches)
        block = hidden
        if not block:
            return
        claims = {("l", left): lefts[left] for left, _ in block} | {("r", right): rights[right] for _, right in block}
        switches = {key: z3.Bool(f"?{key[0]}{key[1]}") for key in claims}
        solver = self.solver(frozenset[str]().union(*(claim.touches for claim in claims.values())))
        for key, claim in claims.items():
            solver.add(z3.Implies(switches[key], claim.formula))
        for left, right in block:
            try:
                if self.holds(solver, switches["l", left], switches["r", right]):
                    yield left, right, partial(self._given_by, solver.model(), lefts[left].touches | rights[right].touches)
            except NotDecided:
                gave_up(left, right)

    # ---- from a model to facts

    def model(self, solver: z3.Solver, touches: Iterable[str]) -> dict[str, Given]:
        """The facts of the case that the solver found, as a register hands them over."""
        return self._given_by(solver.model(), touches)

    def _given_by(self, model: z3.ModelRef, touches: Iterable[str]) -> dict[str, Given]:
        facts: dict[str, Given] = dict.fromkeys(sorted(self.pinned), self.on)
        return facts | {name: self._given(model, name) for name in sorted(self.known(touches))}

    def _given(self, model: z3.ModelRef, name: str) -> Given:
        spec = self.corpus.facts[name]
        if spec.type.kind in ("set", "text"):
            words = [word for word in self.encoder.used[name] if z3.is_true(model.eval(z3.Bool(f"{name}:{word}")))]
            return frozenset(words) if spec.type.kind == "set" else (words[0] if words else "-")
        if spec.type.kind == "bool":
            return bool(z3.is_true(model.eval(z3.Bool(name))))
        value = model.eval(self.encoder.variable(spec), model_completion=True).as_long()
        match spec.type.kind:
            case "date":
                return day_of(int(value))
            case "enum":
                return spec.type.values[int(value)]
            case _:
                return Decimal(value).scaleb(-spec.places) if spec.places else int(value)


def _every(corpus: Corpus) -> Iterator[FactSpec]:
    """Every fact, the elements of a list in its place."""
    for spec in corpus.facts.values():
        yield from map(spec.element, range(spec.length)) if spec.type.kind == "list" else (spec,)


def _columns(specs: Iterable[FactSpec]) -> frozenset[str]:
    """The columns of fully known cases: of a day the day and its month, of everything else one."""
    names: set[str] = set()
    for spec in specs:
        kind = spec.type.kind
        names |= (
            {f"{spec.name}.lo", f"{spec.name}.month"}
            if kind == "date"
            else {f"{spec.name}:" if kind in YES_OR_NO - {"bool"} else spec.name}
        )
    return frozenset(names)


def _drawn_on(corpus: Corpus, facts: frozenset[str]) -> frozenset[str]:
    """These facts and those that they are worked out from where they are not on record."""
    found: frozenset[str] = frozenset()
    while facts:
        found |= facts
        defaults = [corpus.facts[name].otherwise for name in facts]
        facts = frozenset[str]().union(*[facts_in(default) for default in defaults if default is not None]) - found
    return found


def _pinned(corpus: Corpus, articles: Sequence[Article]) -> frozenset[str]:
    """Facts that move with the day and from which the articles only count months."""
    found: dict[str, bool] = {}
    names = {article.id for article in articles}
    lifters = [each for each in corpus.articles.values() if each.id not in names and not names.isdisjoint(each.lifts)]
    for article in (*articles, *lifters):
        for node in article.nodes():
            _counted(corpus, node, "", found)
    return frozenset(name for name, only in found.items() if only)


def _counted(corpus: Corpus, node: Node, above: str, found: dict[str, bool]) -> None:
    if node.op == "fact" and corpus.facts[str(node.value)].moves_with_day:
        found[str(node.value)] = found.get(str(node.value), True) and above in _COUNTING
    for below in node.args:
        _counted(corpus, below, node.op, found)
