"""The questions that the prover asks of the articles of one topic in one epoch, one function for each kind.

Each takes an Epoch and yields what it finds. Definitions: docs/guide/rules.md, "Proving".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations, permutations, product

import z3

from canbo.rules import inwords
from canbo.rules.article import Article
from canbo.rules.dates import month_index
from canbo.rules.epoch import Epoch, Found, Grid
from canbo.rules.ir import shape
from canbo.rules.kleene import Working
from canbo.rules.lower import Body
from canbo.rules.precedence import Precedence
from canbo.rules.regions import Claim, NotDecided, any_of
from canbo.rules.schema import FactSpec
from canbo.rules.syntax import Node, facts_in, inline, show, walk
from canbo.rules.witness import Case, Given
from canbo.rules.words import LANGUAGES, Message, message

TITLE = "post.title"
# In a product these are fixed first: the finding, if any, does not hang on the pay.
_PAY = frozenset(("dong", "coefficient", "percent"))
_GRANTED = ("permit", "ground")


def empty(epoch: Epoch) -> Iterator[Found]:
    """An article whose scope holds for nobody, or a ground or permit that nobody can meet."""
    for article in epoch.single(epoch.articles):
        claim = epoch.regions.grants(article) if article.effect in _GRANTED else epoch.regions.scope(article)
        if epoch.impossible("empty", (article,), claim) and epoch.impossible_later("empty", article):
            yield Found("empty", (article,))


def opposition(epoch: Epoch) -> Iterator[Found]:
    """A permit that holds where a requirement refuses: conflict, ultra vires, or settled by precedence."""
    permits, bounds = epoch.of("permit"), epoch.of("require", "forbid")

    def opposed(permit: Article, bound: Article) -> bool:
        return epoch.corpus.family(permit) == epoch.corpus.family(bound) and _about(epoch, permit, bound)

    def together(permit: Article, bound: Article) -> Callable[[Case], bool]:
        return lambda case: case.says(permit) == "pass" and case.broken(bound)

    for permit, bound, facts in epoch.together(
        Grid("opposition", permits, bounds, opposed, epoch.regions.grants, epoch.regions.fails_itself)
    ):
        found = epoch.between(permit, bound)
        kind = "opposition" if found.winner else "conflict"
        if permit.level > bound.level:
            kind = "ultra_vires"
        yield Found(kind, (permit, bound), facts, together(permit, bound), why=_why(found))


def unmeetable(epoch: Epoch) -> Iterator[Found]:
    """Two requirements of one family that meet in some case, where nobody can meet both."""
    regions = epoch.regions
    for one, other in epoch.both(combinations(epoch.of("require", "forbid"), 2), "unmeetable"):
        if epoch.corpus.family(one) != epoch.corpus.family(other) or not epoch.subject(one) & epoch.subject(other):
            continue
        if not epoch.impossible("unmeetable", (one, other), regions.passes(one) & regions.passes(other)):
            continue
        facts = epoch.find(
            "unmeetable",
            (one, other),
            regions.applies(one) & regions.applies(other) & (regions.fails(one) | regions.fails(other)),
        )
        if facts is None:
            continue
        found = epoch.between(one, other)
        kind = "opposition" if found.winner else "conflict"
        yield Found(kind, (one, other), facts, _one_broken(one, other), why=_why(found))


def _one_broken(one: Article, other: Article) -> Callable[[Case], bool]:
    return lambda case: case.applies(one) and case.applies(other) and (case.broken(one) or case.broken(other))


def _about(epoch: Epoch, permit: Article, bound: Article) -> bool:
    """Whether a permit speaks of what a requirement asks.

    It lifts the requirement or one about the same matter by name; or it lifts none and sets a condition of its
    own, so that whoever meets it is allowed; or it is itself about the same matter.
    """
    if bound.id in permit.lifts:
        return True
    if not permit.lifts:
        return permit.condition.op != "bool" or epoch.same_matter(permit, bound)
    lifted = [epoch.corpus.articles[name] for name in permit.lifts]
    return any(
        each.topic == bound.topic and (epoch.subject(each) <= epoch.subject(bound) or epoch.same_matter(each, bound))
        for each in lifted
    )


def _why(found: Precedence) -> Message:
    return message(f"prevails_{found.by}", winner=found.winner.title if found.winner else "")


def families(epoch: Epoch) -> Iterator[Found]:
    """Two families that answer one case differently in the same matter."""

    def differ(one: Article, other: Article) -> bool:
        return epoch.corpus.family(one) != epoch.corpus.family(other) and epoch.same_matter(one, other)

    why = message("prevails_families")
    bounds, grounds = epoch.of("require", "forbid"), epoch.of("ground")
    regions = epoch.regions
    for no, yes, facts in epoch.together(Grid("family_disagreement", bounds, bounds, differ, regions.fails, regions.allows)):
        yield Found("family_disagreement", (no, yes), facts, _refuses(no, yes), why=why)
    for no, yes, facts in epoch.together(Grid("family_grounds", grounds, grounds, differ, regions.withholds, regions.grants)):
        yield Found("family_disagreement", (no, yes), facts, _withheld(no, yes), why=why)


def _refuses(no: Article, yes: Article) -> Callable[[Case], bool]:
    return lambda case: case.says(no) == "fail" and case.allows(yes)


def _withheld(no: Article, yes: Article) -> Callable[[Case], bool]:
    return lambda case: case.withholds(no) and case.says(yes) == "pass"


def figures(epoch: Epoch) -> Iterator[Found]:
    """Two articles in force at once that answer the same question with different figures."""
    for one, other in epoch.both(combinations(epoch.of("value"), 2), "different_figure"):
        if one.gives != other.gives:
            continue
        facts = epoch.find("different_figure", (one, other), epoch.regions.differs(one, other))
        if facts is None:
            continue
        found = epoch.between(one, other)
        # A superior figure does not unsay the other, which goes on being read: only a named or a narrower one does.
        settled = found.winner is not None and found.by in ("declared", "narrower_scope")
        yield Found("opposition" if settled else "different_figure", (one, other), facts, _unlike(one, other), why=_why(found))
    for one, other in epoch.both(permutations(epoch.of("require", "forbid"), 2), "same_shape"):
        if (
            one.effect != other.effect
            or not epoch.subject(one)
            or epoch.subject(one) != epoch.subject(other)
            or not _same_shape(epoch, one, other)
        ):
            continue
        facts = epoch.find("different_figure", (one, other), epoch.regions.fails(one) & epoch.regions.passes(other))
        if facts is not None and epoch.corpus.family(one) == epoch.corpus.family(other):
            found = epoch.between(one, other)
            settled = found.winner is not None and found.by != "later_date"
            yield Found(
                "opposition" if settled else "different_figure", (one, other), facts, _refuses(one, other), why=_why(found)
            )


def _same_shape(epoch: Epoch, one: Article, other: Article) -> bool:
    return shape(epoch.regions.lowered(one).condition) == shape(epoch.regions.lowered(other).condition)


def _unlike(one: Article, other: Article) -> Callable[[Case], bool]:
    def unlike(case: Case) -> bool:
        if not case.says(one) == case.says(other) == "value":
            return False
        left, right = case.value(one), case.value(other)
        if isinstance(left, date) and isinstance(right, date) and one.unit == other.unit == "month":
            return month_index(left) != month_index(right)
        if isinstance(left, int) and isinstance(right, int):
            return bool(left * 10**other.places != right * 10**one.places)
        return left != right

    return unlike


def measures(epoch: Epoch) -> Iterator[Found]:
    """Requirements that put one test against different counts: more than half of those present, more than half of all.

    They need not apply to the same case: the other is asked about the same figures within its own scope.
    """
    tests: dict[str, dict[str, list[tuple[Article, Node]]]] = {}
    for article in epoch.of("require", "forbid"):
        for test in _tests(article):
            figure, measure = map(show, test.args)
            tests.setdefault(f"{article.effect} {test.op} {figure}", {}).setdefault(measure, []).append((article, test))
    for asked, against in sorted(tests.items()):
        for one, other in combinations(sorted(against), 2):
            users = {each.id: each for each, _ in (*against[one], *against[other])}
            group = [users[name] for name in sorted(users)]
            if not epoch.fresh("different_measure", group, f"{asked} {one} {other}"):
                continue
            pairs = [pair for each in product(against[one], against[other]) for pair in (each, each[::-1])]
            found = [each for pair in pairs if (each := _measured(epoch, *pair)) is not None]
            if found:
                nearest = min(found, key=lambda each: len(each.moved))
                shown = {each.id for each in nearest.articles}
                yield replace(nearest, articles=(*nearest.articles, *(each for each in group if each.id not in shown)))


def _tests(article: Article) -> Iterator[Node]:
    """Each `a > b` or `a >= b` between facts in a condition: the figure a must reach a share of the count b.

    A cap is none: what may not be exceeded is another question in each article.
    """
    steps = {name: step.node for name, step in article.steps.items()}
    for node in walk(inline(article.condition, steps)):
        if node.op in ("gt", "ge") and all(map(facts_in, node.args)):
            yield node


def _measured(epoch: Epoch, one: tuple[Article, Node], other: tuple[Article, Node]) -> Found | None:
    """The same figures in the scope of each: the first article is kept by its test, the other broken by its own."""
    regions, (kept, test), (broken, against) = epoch.regions, one, other
    if kept.id == broken.id:
        return None
    asked = Body(regions.lowering, {})
    refused = regions.surely if broken.effect == "forbid" else regions.surely_not
    claim = regions.passes(kept) & refused(regions.lowered(broken).condition)
    claim = claim & regions.surely(asked.truth(test)) & regions.surely_not(asked.truth(against))
    facts = epoch.find("different_measure", (kept, broken), claim)
    there = epoch.find("different_measure", (broken,), regions.scope(broken))
    if facts is None or there is None:
        return None
    moved = {name: there[name] for name in sorted(regions.scope(broken).touches & there.keys()) if facts.get(name) != there[name]}

    def differs(case: Case) -> bool:
        second = Case(case.corpus, {**case.facts, **moved}, case.on)
        both = case.applies(kept) and case.says(kept) == "pass" and second.says(broken) == "fail"
        return both and second.sound() and _held(case, test, against)

    if not differs(Case(epoch.corpus, facts, epoch.on)):
        epoch.undecided("different_measure", (kept, broken))
        return None
    told = [
        {language: inwords.figure(epoch.corpus, each, test.args[1], on=epoch.on, language=language) for language in LANGUAGES}
        for each, test in (one, other)
    ]
    why = message("measured_against", measure=told[0], other=told[1])
    return Found("different_measure", (kept, broken), facts, differs, why=why, moved=moved)


def _held(case: Case, test: Node, against: Node) -> bool:
    working = Working(case.scene, {})
    return working.evaluate(test).value is True and working.evaluate(against).value is False


def duplicates(epoch: Epoch) -> Iterator[Found]:
    """Two articles of one family with the same effect, scope and condition."""
    does = {
        each.id: (each.effect, each.gives, sorted(each.lifts), epoch.corpus.family(each), epoch.subject(each), each.facts())
        for each in epoch.articles
    }
    for one, other in epoch.both(combinations(epoch.articles, 2), "duplicate"):
        if does[one.id] != does[other.id]:
            continue
        regions = epoch.regions
        scopes = regions.scope(one) & ~regions.scope(other) | ~regions.scope(one) & regions.scope(other)
        apart = regions.differs(one, other) if one.effect == "value" else regions.conditions_differ(one, other)
        if epoch.impossible("duplicate", (one, other), scopes | apart):
            facts = epoch.find("duplicate", (one, other), regions.scope(one) & regions.scope(other))
            if facts is not None:
                yield Found("duplicate", (one, other), facts, _both_apply(one, other))


def _both_apply(one: Article, other: Article) -> Callable[[Case], bool]:
    return lambda case: case.applies(one) and case.applies(other)


def dominated(epoch: Epoch) -> Iterator[Found]:
    """An article that never decides: wherever it speaks, others of its family have decided already."""
    regions = epoch.regions
    decided: dict[tuple[str, ...], Claim] = {}  # permits of one level stand under the same articles
    for permit in epoch.of("permit"):
        lifted = [each for each in epoch.articles if each.id in permit.lifts]
        family = epoch.corpus.family(permit)
        bounds = [each for each in epoch.of("require", "forbid") if epoch.corpus.family(each) == family]
        higher = [each for each in bounds if each.level < permit.level and each not in lifted]
        if not epoch.fresh("dominated", (permit, *lifted, *higher)):
            continue
        granted = regions.grants(permit)
        if lifted and epoch.impossible("dominated", (permit,), granted & any_of([regions.fails_itself(each) for each in lifted])):
            yield from _idle(epoch, permit, lifted)
        elif higher:
            names = tuple(each.id for each in higher)
            if names not in decided:
                decided[names] = ~any_of([regions.fails(each) for each in higher])
            if epoch.impossible("dominated", (permit,), granted & decided[names]):
                yield from _idle(epoch, permit, higher)
    for effects, claim, says in (
        (("require", "forbid"), regions.fails, "fail"),
        (("ground",), regions.grants, "pass"),
    ):
        group = epoch.of(*effects)
        for one, other in epoch.apart(Grid(f"dominated_{says}", group, group, _under(epoch), claim, _outside(claim))):
            facts = epoch.find("dominated", (one, other), claim(one))
            # Of two that say the same neither dominates: that is a duplicate.
            if facts is not None and epoch.find("dominated", (one, other), claim(other) & ~claim(one)) is not None:
                yield Found("dominated", (one, other), facts, _both_say(one, other, says))


def _under(epoch: Epoch) -> Callable[[Article, Article], bool]:
    """Whether one article may be made idle by another: of its family, no lower, about some of the same facts."""

    def under(one: Article, other: Article) -> bool:
        related = other.level <= one.level and epoch.corpus.family(one) == epoch.corpus.family(other)
        return related and bool(epoch.subject(one) & epoch.subject(other))

    return under


def _outside(claim: Callable[[Article], Claim]) -> Callable[[Article], Claim]:
    return lambda article: ~claim(article)


def _idle(epoch: Epoch, permit: Article, others: Sequence[Article]) -> Iterator[Found]:
    facts = epoch.find("dominated", (permit,), epoch.regions.grants(permit))
    if facts is not None:
        yield Found("dominated", (permit, *others), facts, lambda case: case.says(permit) == "pass")


def _both_say(one: Article, other: Article, says: str) -> Callable[[Case], bool]:
    return lambda case: case.says(one) == says == case.says(other)


def gaps(epoch: Epoch) -> Iterator[Found]:
    """A case that no article answers, where every case should have an answer: total topics, and grades."""
    topic = epoch.corpus.subjects.get(epoch.topic)
    groups: dict[str, list[Article]] = {}
    if topic and topic.total:
        groups[""] = list(epoch.articles)
    for article in epoch.of("value"):
        if epoch.regions.figure(article).words:
            groups.setdefault(article.gives, []).append(article)
    for name, group in groups.items():
        if not epoch.fresh("gap", group, name):
            continue
        uncovered = ~any_of([epoch.regions.applies(each) for each in group])
        facts = epoch.find("gap", group, uncovered) if uncovered.touches else None
        if facts is not None:
            yield Found("gap", tuple(group), facts, _uncovered(group), why=message("gap_uncovered"))
    for article in epoch.single([each for each in epoch.of("value") if epoch.regions.figure(each).words], "silent"):
        facts = epoch.find("gap", (article,), epoch.regions.silent(article))
        if facts is not None:
            yield Found("gap", (article,), facts, _silent(article), why=message("gap_undetermined"))


def _silent(article: Article) -> Callable[[Case], bool]:
    return lambda case: case.silent(article)


def _uncovered(group: Sequence[Article]) -> Callable[[Case], bool]:
    return lambda case: all(case.says(each) == "not_applicable" for each in group)


def dead_posts(epoch: Epoch) -> Iterator[Found]:
    """A kind of post for which all requirements together cannot be met."""
    bounds = epoch.of("require", "forbid")
    if (
        TITLE not in epoch.corpus.facts
        or not any(TITLE in each.facts() for each in bounds)
        or not epoch.fresh("dead_post", bounds)
    ):
        return
    regions = epoch.regions
    kept = [~regions.fails(each) for each in bounds]
    solver = regions.solver(frozenset((TITLE,)).union(*[claim.touches for claim in kept]))
    switches = [z3.Bool(f"?{each.id}") for each in bounds]
    for switch, claim in zip(switches, kept, strict=True):
        solver.add(z3.Implies(switch, claim.formula))
    for at, word in enumerate(epoch.corpus.facts[TITLE].type.values):
        try:
            if regions.holds(solver, regions.equals(TITLE, at).formula, *switches):
                continue
        except NotDecided:
            epoch.undecided("dead_post", bounds)
            continue
        core = {str(each) for each in solver.unsat_core()}
        needed = tuple(each for each, switch in zip(bounds, switches, strict=True) if str(switch) in core)
        yield Found("dead_post", needed, {TITLE: word})


def not_monotone(epoch: Epoch) -> Iterator[Found]:
    """A figure that falls although a fact with which it should rise has risen."""
    for article in epoch.single(epoch.of("value"), "not_monotone"):
        for fact in article.rises_with:
            yield from _falls(epoch, article, epoch.corpus.facts[fact])


def _falls(epoch: Epoch, article: Article, spec: FactSpec) -> Iterator[Found]:
    regions = epoch.regions
    given, value = regions.gives(article), regions.value(article)
    if spec.name not in given.touches or spec.type.kind != "int":
        return
    seen = regions.falling(article, spec)
    if seen is not None:
        yield Found("not_monotone", (article,), seen[0], _lower(article, spec, seen[1]), rises=(spec.name, seen[1]))
        return
    now, then = regions.encoder.variable(spec), z3.Int(f"{spec.name}'")
    falls = z3.And(z3.substitute(given.formula, (now, then)), z3.substitute(value, (now, then)) < value)
    usual = _usual_pay(epoch, given, spec)
    high = [then <= spec.high * 10**spec.places] if isinstance(spec.high, int) else []
    attempts = [z3.And(usual, then == now + 1), z3.And(usual, then > now), then > now]
    for number, attempt in enumerate(attempts):
        claim = given & Claim(z3.And(falls, attempt, *high), given.touches)
        try:
            facts, rise = regions.find_with(claim, then - now)
        except NotDecided:
            if number == len(attempts) - 1:
                epoch.undecided("not_monotone", (article,))
            continue
        if facts is not None:
            yield Found("not_monotone", (article,), facts, _lower(article, spec, rise), rises=(spec.name, rise))
            return


def _usual_pay(epoch: Epoch, given: Claim, spec: FactSpec) -> z3.BoolRef:
    """The pay of somebody in the crowd for whom the figure is given: products with it are then linear."""
    facts = epoch.regions.somebody(given.shown, given.touches) or {}
    fixed = []
    for name, value in facts.items():
        other = epoch.corpus.facts[name]
        if name != spec.name and other.type.kind == "int" and other.type.unit in _PAY and isinstance(value, (int, Decimal)):
            fixed.append(epoch.regions.encoder.variable(other) == int(value * 10**other.places))
    return z3.And(*fixed)


def risen(facts: Mapping[str, Given], spec: FactSpec, rise: int) -> dict[str, Given]:
    """The same case with one fact risen by `rise` in the language's own numbers."""
    before = facts[spec.name]
    if isinstance(before, Decimal):
        return {**facts, spec.name: before + Decimal(rise).scaleb(-spec.places)}
    if not isinstance(before, int):
        raise TypeError(f"{spec.name} does not rise")
    return {**facts, spec.name: before + rise}


def _lower(article: Article, spec: FactSpec, rise: int) -> Callable[[Case], bool]:
    def lower(case: Case) -> bool:
        if spec.name not in case.facts or case.says(article) != "value":
            return False
        after = Case(case.corpus, risen(case.facts, spec, rise), case.on)
        one, other = case.value(article), after.value(article)
        return after.says(article) == "value" and isinstance(one, int) and isinstance(other, int) and other < one

    return lower


def boundaries(epoch: Epoch) -> Iterator[Found]:
    """Two grounds, or two figures' scopes, that meet at a point where both hold or neither does."""
    regions = epoch.regions
    grounds = [(each, regions.grants) for each in epoch.of("ground")]
    values = [(each, regions.applies) for each in epoch.of("value")]
    for group in (grounds, values):
        claim_of = {each.id: claim for each, claim in group}
        for one, other in epoch.both(permutations([each for each, _ in group], 2), "open_boundary"):
            if one.effect == "value" and one.gives != other.gives:
                continue
            if not epoch.topic and one.topic == other.topic:
                continue
            claims = claim_of[one.id](one), claim_of[other.id](other)
            for name in sorted(claims[0].touches & claims[1].touches):
                spec = epoch.corpus.facts[name] if not name.startswith("#") else None
                if spec and spec.type.kind == "int" and name in epoch.subject(one) | epoch.subject(other):
                    yield from _meeting(epoch, (one, other), claims, spec)


def _meeting(epoch: Epoch, articles: tuple[Article, Article], claims: tuple[Claim, Claim], spec: FactSpec) -> Iterator[Found]:
    variable = epoch.regions.encoder.variable(spec)

    def at(formula: z3.BoolRef, step: int) -> z3.BoolRef:
        return z3.substitute(formula, (variable, variable + step))

    below, above = claims[0].formula, claims[1].formula
    apart = z3.And(at(below, -1), z3.Not(at(above, -1)), z3.Not(at(below, 1)), at(above, 1))
    for word, point in (("both", z3.And(below, above)), ("neither", z3.Not(z3.Or(below, above)))):
        claim = Claim(z3.And(apart, point), claims[0].touches | claims[1].touches)
        facts = epoch.find("open_boundary", articles, claim)
        if facts is not None:
            yield Found("open_boundary", articles, facts, _meets(articles, spec, word), boundary=(spec.name, word))
            return


def _holds(case: Case, article: Article) -> bool:
    return case.says(article) in ("pass", "value")


def _meets(articles: tuple[Article, Article], spec: FactSpec, word: str) -> Callable[[Case], bool]:
    below, above = articles

    def meets(case: Case) -> bool:
        if spec.name not in case.facts:
            return False
        try:
            before, after = (Case(case.corpus, risen(case.facts, spec, step), case.on) for step in (-1, 1))
        except ValueError:
            return False
        apart = _holds(before, below) and not _holds(before, above) and not _holds(after, below) and _holds(after, above)
        here = {_holds(case, below), _holds(case, above)}
        known = "unknown" not in (case.says(below), case.says(above))
        return apart and known and here == {word == "both"}

    return meets


def consequences(epoch: Epoch) -> Iterator[Found]:
    """Grounds of two topics, of one family and in the same matter, that hold of one case: two decisions lie open."""
    grants = epoch.regions.grants

    def wanted(one: Article, other: Article) -> bool:
        related = epoch.corpus.family(one) == epoch.corpus.family(other) and one.topic != other.topic
        return related and one.id < other.id and epoch.same_matter(one, other)

    for one, other, facts in epoch.together(Grid("two_consequences", epoch.articles, epoch.articles, wanted, grants, grants)):
        yield Found("two_consequences", (one, other), facts, _both_say(one, other, "pass"))


def overlaps(epoch: Epoch) -> Iterator[Found]:
    """Two articles that speak of the same case: information only. Across topics: grounds of two families in one matter.

    Grounds and permits speak where they are granted, so grounds that are not told exclude one another.
    """
    regions = epoch.regions

    def speaks(article: Article) -> Claim:
        return regions.grants(article) if article.effect in _GRANTED else regions.scope(article)

    def wanted(one: Article, other: Article) -> bool:
        across = one.topic != other.topic and epoch.corpus.family(one) != epoch.corpus.family(other)
        return one.id < other.id and (bool(epoch.topic) or across and epoch.same_matter(one, other))

    for one, other, facts in epoch.together(Grid("overlap", epoch.articles, epoch.articles, wanted, speaks, speaks)):
        yield Found("overlap", (one, other), facts, _both_speak(one, other))


def _both_speak(one: Article, other: Article) -> Callable[[Case], bool]:
    def speaks(case: Case, article: Article) -> bool:
        return case.says(article) == "pass" if article.effect in _GRANTED else case.applies(article)

    return lambda case: speaks(case, one) and speaks(case, other)


QUESTIONS: tuple[Callable[[Epoch], Iterator[Found]], ...] = (
    empty, opposition, unmeetable, families, figures, measures, duplicates, dominated, gaps, dead_posts, not_monotone, boundaries,
)  # fmt: skip
# Across topics only grounds are compared.
ACROSS: tuple[Callable[[Epoch], Iterator[Found]], ...] = (boundaries, consequences)
