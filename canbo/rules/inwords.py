"""An article's condition told in words, for one who reads no formulas.

    said = inwords.said(corpus, article, article.condition, on=day, language="vi")

It is the same tree, read once more: facts by their labels, parameters by their titles with the figure of the day,
comparisons as sentences, what must hold together or one of several as parts. Nothing is left out or added, so the
words can never say other than the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.display import show_value
from canbo.rules.params import OutsideTable, Table
from canbo.rules.schema import BOOL, DATE, INT, MONTHS, YEARS, FactSpec, Type
from canbo.rules.syntax import COMPARISONS, Node
from canbo.rules.words import message

_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
_TURNED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
_SIGNS = {"add": " + ", "sub": " − ", "mul": " × ", "div": " ÷ "}
_LISTED = {"fa": "؛ "}
_BINDS = {"if": 0, "add": 1, "sub": 1, "neg": 1, "mul": 2, "div": 2}


@dataclass(frozen=True)
class Clause:
    """A part of a condition.

    kind   say: a sentence, in `text`; all: every part must hold; any: one of the parts; if: where the first part holds,
           the second must, else the third
    """

    kind: str
    text: str = ""
    parts: Sequence[Clause] = ()

    def lines(self, depth: int = 0) -> Iterator[tuple[int, str]]:
        """The sentences one by one, each with its depth; a kind that holds parts together is a line `all`, `any` or `if`."""
        yield (depth, self.text if self.kind == "say" else self.kind)
        for part in self.parts:
            yield from part.lines(depth + 1)


def said(corpus: Corpus, article: Article, node: Node, *, on: date, language: str) -> Clause:
    """A condition (a node that is true or false) of an article in words, with the figures of a day."""
    return _Teller(corpus, article, on, language).clause(node, True)


def figure(corpus: Corpus, article: Article, node: Node, *, on: date, language: str) -> str:
    """A figure (any node) of an article in words: sums as sums, steps by their labels."""
    return _Teller(corpus, article, on, language).term(node, None)


def brief(corpus: Corpus, article: Article, *, on: date, language: str, most: int = 150) -> str:
    """What an article asks, or the figure it gives, as one line cut at the end of a word."""
    teller = _Teller(corpus, article, on, language)
    value = article.effect == "value"
    told = teller.term(article.condition, None) if value else teller.inline(teller.clause(article.condition, True))
    return told if len(told) <= most else told[:most].rsplit(" ", 1)[0] + " …"


def keys(corpus: Corpus, item: Table, words: Sequence[str], *, language: str) -> list[str]:
    """The words of a table's key as people read them; a table's own words stay as they are."""
    specs = [_spec_of(corpus, item, place) for place in range(len(words))]
    labels = [spec.words.get(word, {}) if spec else {} for spec, word in zip(specs, words, strict=True)]
    return [texts.get(language) or texts.get("en") or word.replace("_", " ") for texts, word in zip(labels, words, strict=True)]


def _spec_of(corpus: Corpus, item: Table, place: int) -> FactSpec | None:
    """The fact whose words a key of a table takes."""
    words = set(list(item.keys.values())[place].values)
    return next((spec for spec in corpus.facts.values() if spec.words and words == set(spec.words)), None)


class _Teller:
    """Reads one article's nodes in one language."""

    def __init__(self, corpus: Corpus, article: Article, on: date, language: str) -> None:
        self.corpus, self.article, self.on, self.language = corpus, article, on, language

    def say(self, key: str, /, **args: object) -> str:
        return message(f"words_{key}", **args).say(self.language)

    def named(self, texts: object) -> str:
        return texts.get(self.language) or texts.get("en", "")  # type: ignore[attr-defined, no-any-return]

    # ---- true or false

    def clause(self, node: Node, holds: bool) -> Clause:
        """The node where it must hold, or must not: what is denied is told by its opposite."""
        match node.op:
            case "and" | "or":
                kind = "all" if (node.op == "and") is holds else "any"
                parts: list[Clause] = []
                for below in node.args:
                    part = self.clause(below, holds)
                    parts += part.parts if part.kind == kind else (part,)
                return Clause(kind, parts=parts)
            case "not":
                return self.clause(node.args[0], not holds)
            case "if":
                when, *branches = node.args
                return Clause("if", parts=(self.clause(when, True), *(self.clause(branch, holds) for branch in branches)))
            case "eq" | "ne" if node.args[1].op == "bool":
                return self.clause(node.args[0], holds is ((node.op == "eq") is node.args[1].value))
            case "bool":
                return Clause("say", self.say("always" if node.value is holds else "never"))
        return Clause("say", self.sentence(node, holds))

    def sentence(self, node: Node, holds: bool) -> str:
        """A comparison, a membership, or something that is by itself true or false."""
        if node.op in COMPARISONS.values():
            return self.comparison(node.op if holds else _OPPOSITE[node.op], *node.args)
        if node.op == "in":
            return self.membership(node.args[0], node.args[1], holds)
        return self.say("yes" if holds else "no", left=self.term(node, None))

    def comparison(self, op: str, left: Node, right: Node) -> str:
        if left.op in ("int", "date", "text") and right.op not in ("int", "date", "text"):
            op, left, right = _TURNED[op], right, left
        kind = self.type_of(left)
        told = self.term(right, left) if right.op in ("int", "text", "date") else self.term(right, None)
        return self.say(f"day_{op}" if kind.kind == "date" else op, left=self.term(left, None), right=told)

    def membership(self, left: Node, right: Node, holds: bool) -> str:
        if right.op == "list":
            words = _LISTED.get(self.language, "; ").join(self.term(item, left) for item in right.args)
            if len(right.args) == 1:
                return self.say("eq" if holds else "ne", left=self.term(left, None), right=words)
            return self.say("in" if holds else "not_in", left=self.term(left, None), right=words)
        return self.say("has" if holds else "has_not", left=self.term(left, right), right=self.term(right, None))

    def inline(self, clause: Clause) -> str:
        """A clause within a sentence."""
        if clause.kind == "say":
            return clause.text
        told = [self.inline(part) if part.kind == "say" else f"({self.inline(part)})" for part in clause.parts]
        if clause.kind == "if":
            return self.say("where", when=told[0], then=told[1], other=told[2])
        return self.say("and" if clause.kind == "all" else "or").join(told)

    # ---- figures, days, words

    def term(self, node: Node, beside: Node | None) -> str:
        """A value in words; `beside` is what a literal is compared with, which lends its unit and its words."""
        match node.op:
            case "fact":
                return self.named(self.corpus.facts[str(node.value)].label)
            case "step":
                return self.named(self.article.steps[str(node.value)].label)
            case "param":
                return self.parameter(node)
            case "int" | "date" | "text" | "bool":
                return self.literal(node, beside)
            case "if":
                when, then, other = node.args
                told = self.inline(self.clause(when, True))
                return self.say("where", when=told, then=self.inside(then, node, beside), other=self.inside(other, node, beside))
            case "neg":
                return f"−{self.inside(node.args[0], node, None)}"
            case "months_since" | "years_since":
                return self.say(node.op, day=self.term(node.args[0], None))
            case "months_between":
                return self.say(node.op, first=self.term(node.args[0], None), last=self.term(node.args[1], None))
            case "min" | "max" | "mod":
                return self.say(node.op, left=self.term(node.args[0], None), right=self.term(node.args[1], None))
            case "add" | "sub" | "mul" | "div":
                left, right = (self.inside(arg, node, None) for arg in node.args)
                return left + _SIGNS[node.op] + right
        return self.inline(self.clause(node, True))

    def inside(self, node: Node, above: Node, beside: Node | None) -> str:
        """A term within another: in brackets where it would be read otherwise."""
        told = self.term(node, beside)
        below, binds = _BINDS.get(node.op, 3), _BINDS[above.op]
        last = above.op in ("sub", "div", "neg") and above.args and node is above.args[-1]
        return f"({told})" if below < binds or (below == binds and last) else told

    def parameter(self, node: Node) -> str:
        """The title with the figure of the day where it depends on no fact; else the title with what it depends on."""
        name = str(node.value)
        item, title = self.corpus.parameters[name], self.named(self.corpus.parameters[name].title)
        if isinstance(item, Table) and all(arg.op in ("text", "bool") for arg in node.args):
            keys = [arg.value for arg in node.args]
            try:
                value = item.lookup(self.on, *keys)
            except OutsideTable:
                return title
            shown = show_value(value, item.gives, self.language, places=item.places)
            words = [self.literal(arg, None, spec=_spec_of(self.corpus, item, place)) for place, arg in enumerate(node.args)]
            return self.say("param_now", value=shown, title=", ".join([title, *words]))
        keys_told = _LISTED.get(self.language, "; ").join(self.term(arg, None) for arg in node.args)
        return self.say("param_for", title=title, keys=keys_told)

    def literal(self, node: Node, beside: Node | None, spec: FactSpec | None = None) -> str:
        kind = self.type_of(beside) if beside is not None else None
        spec = spec or (self.spec_beside(beside, str(node.value)) if beside is not None else None)
        if node.op == "text":
            words = spec.words.get(str(node.value)) if spec else None
            return self.named(words) if words else str(node.value).replace("_", " ")
        usual = {"date": DATE, "bool": BOOL}.get(node.op, INT)
        if node.op == "int" and kind is not None and kind.kind == "int":
            return show_value(node.value, kind, self.language, spec=spec)
        return show_value(node.value, usual, self.language)

    def spec_beside(self, node: Node, word: str) -> FactSpec | None:
        """The fact that a literal is compared with; of a step, the fact of the article that knows the word."""
        if node.op == "fact":
            return self.corpus.facts[str(node.value)]
        known = (self.corpus.facts[name] for name in sorted(self.article.facts()))
        return next((spec for spec in known if word in spec.words), None)

    def type_of(self, node: Node) -> Type:
        """The type of a node as far as words need it: unit and whether it is a day."""
        match node.op:
            case "fact":
                return self.corpus.facts[str(node.value)].type
            case "step":
                return self.article.steps[str(node.value)].type
            case "param":
                return self.corpus.parameters[str(node.value)].signature().gives
            case "months_since" | "months_between":
                return MONTHS
            case "years_since":
                return YEARS
            case "date":
                return DATE
            case "add" | "sub" | "min" | "max" | "neg" | "mul":
                return next((kind for kind in map(self.type_of, node.args) if kind.unit), INT)
        return INT
