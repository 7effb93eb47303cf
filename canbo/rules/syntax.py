"""The language of articles: a closed subset of the Common Expression Language (CEL).

Facts (`person.sex`), elements of a list (`person.grades[0]`), steps of the article
(`step.months_left`), parameters (`param.retirement_day(person.sex, person.born)`), literals,
`&& || ! == != < <= > >= in + - * / % ?:`, `months_since`, `years_since`, `months_between`, `min`,
`max`, `date('2026-01-31')`. Nothing else: no loops, no functions on text, so that every article
stays decidable and can be explained, scanned and proved.
What is outside is refused here, never dropped.

`parse` gives a tree of frozen nodes with their place in the text; `show` writes it back, and
`parse(show(node)) == node` (places apart).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from canbo.rules.words import RuleError, error, message

LONGEST = 10_000
DEEPEST = 40  # parentheses and ?: within each other
TALLEST = 150  # levels of the whole tree; a chain of && is one level a link

Literal = bool | int | str | date


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an article's tree.

    op     one of OPS
    args   the nodes below
    value  the literal, or the name of the fact, parameter or step
    span   start and end offset in the text it was read from; not part of equality
    """

    op: str
    args: tuple[Node, ...] = ()
    value: Literal | None = None
    span: tuple[int, int] = field(default=(0, 0), compare=False)


LITERALS = ("bool", "int", "text", "date")
COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
FUNCTIONS = {"months_since": 1, "years_since": 1, "months_between": 2, "min": 2, "max": 2}
OPS = frozenset((*LITERALS, *COMPARISONS.values(), *FUNCTIONS, "fact", "param", "step", "list", "in")) | {
    "not",
    "neg",
    "and",
    "or",
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "if",
}

# How tightly each operator binds; used to write the fewest parentheses that keep the tree.
_BINDS = {"if": 0, "or": 1, "and": 2, **dict.fromkeys(COMPARISONS.values(), 3), "in": 3}
_BINDS |= {"add": 4, "sub": 4, "mul": 5, "div": 5, "mod": 5, "not": 6, "neg": 6}
_SIGNS = {op: sign for sign, op in COMPARISONS.items()}
_SIGNS |= {"or": "||", "and": "&&", "in": "in", "add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%"}
_PRODUCTS = {"*": "mul", "/": "div", "%": "mod"}

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<text>'[^'\\\n]*'|"[^"\\\n]*")
      | (?P<sign>&&|\|\||==|!=|<=|>=|[!<>()\[\].,+*/%?:-])""",
    re.VERBOSE,
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTEAD = {"=": "==", "&": "&&", "|": "||", "and": "&&", "or": "||", "not": "!"}
_REFUSED = frozenset(("null", "has", "size", "exists", "all", "map", "filter", "matches", "not", "and", "or"))


_BENT = frozenset("“”„‟‘’‚‛«»`´")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the text; `kind` is number, name, text, sign or end."""

    kind: str
    text: str
    start: int

    @property
    def span(self) -> tuple[int, int]:
        """Start and end offset in the text."""
        return self.start, self.start + len(self.text)


def parse(text: str) -> Node:
    """Read an expression; raises RuleError with the place of the first thing that cannot be read."""
    try:
        if len(text) > LONGEST:
            raise error("expression_too_long", found=len(text), limit=LONGEST, span=(0, 1))
        node = _Parser(text).read()
        if _height(node) > TALLEST:
            raise error("nested_too_deep", limit=TALLEST, span=node.span)
        return node
    except RuleError as trouble:
        trouble.text = text
        raise


def _height(node: Node) -> int:
    """Levels of the tree, counted without recursion: it may be far too tall to recurse into."""
    level, height = [node], 0
    while level:
        height += 1
        level = [below for above in level for below in above.args]
    return height


def tokens(text: str) -> Iterator[Token]:
    """Cut the text into words, the last of kind `end`."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            sign = text[at]
            span = (at, at + 1)
            if sign in "'\"":
                raise error("text_not_closed", quote=sign, span=(at, len(text)))
            if sign in _INSTEAD:
                raise error("write_instead", found=sign, instead=_INSTEAD[sign], span=span)
            if sign in _BENT:
                raise error("quotes_bent", found=sign, span=span)
            if sign.isalpha():
                raise _accented(text, at)
            raise error("sign_unknown", found=sign, span=span)
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), at)
        at = found.end()
    yield Token("end", "", len(text))


def _accented(text: str, at: int) -> RuleError:
    """A name with letters that names do not have: the whole of it, and how it would be written."""
    start, end = at, at
    while start and (text[start - 1].isalnum() or text[start - 1] in "_."):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] in "_."):
        end += 1
    found = text[start:end]
    letters = unicodedata.normalize("NFD", found.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return error("letters_plain", found=found, plain=plain, span=(start, end))


class _Parser:
    """Recursive descent, one method for each level of binding."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = list(tokens(text))
        self.at = 0
        self.depth = 0

    # ---- moving over the words

    @property
    def word(self) -> Token:
        return self.words[self.at]

    def take(self) -> Token:
        word = self.word
        self.at += 1
        return word

    def sees(self, *signs: str) -> bool:
        return self.word.kind == "sign" and self.word.text in signs

    def expect(self, sign: str) -> Token:
        if not self.sees(sign):
            raise self.unexpected(f"‘{sign}’")
        return self.take()

    def unexpected(self, expected: object) -> RuleError:
        word = self.word
        if word.kind == "end":
            # Point at the last thing written: there is nothing to underline after it.
            start = max(0, len(self.text.rstrip()) - 1)
            return error("ends_too_soon", expected=expected, span=(start, start + 1))
        if word.text in _INSTEAD:
            return error("write_instead", found=word.text, instead=_INSTEAD[word.text], span=word.span)
        return error("found_expected", found=word.text, expected=expected, span=word.span)

    # ---- the levels

    def read(self) -> Node:
        node = self.choice()
        if self.word.kind != "end":
            raise self.unexpected("&&, ||")
        return node

    def choice(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise error("nested_too_deep", limit=DEEPEST, span=self.word.span)
        node = self.chain("or", "||")
        if self.sees("?"):
            self.take()
            then = self.chain("or", "||")
            self.expect(":")
            node = self.join("if", node, then, self.choice())
        self.depth -= 1
        return node

    def chain(self, op: str, sign: str) -> Node:
        def below() -> Node:
            return self.chain("and", "&&") if op == "or" else self.comparison()

        node = below()
        while self.sees(sign):
            self.take()
            node = self.join(op, node, below())
        return node

    def comparison(self) -> Node:
        node = self.total()
        if self.sees(*COMPARISONS):
            op = COMPARISONS[self.take().text]
            node = self.join(op, node, self.total())
        elif self.word.kind == "name" and self.word.text == "in":
            self.take()
            node = self.join("in", node, self.choices() if self.sees("[") else self.total())
        if self.sees(*COMPARISONS) or self.word.text == "in":
            raise error("comparisons_in_a_row", found=self.word.text, span=self.word.span)
        return node

    def total(self) -> Node:
        node = self.product()
        while self.sees("+", "-"):
            op = "add" if self.take().text == "+" else "sub"
            node = self.join(op, node, self.product())
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.sees(*_PRODUCTS):
            op = _PRODUCTS[self.take().text]
            node = self.join(op, node, self.signed())
        return node

    def signed(self) -> Node:
        if not self.sees("!", "-"):
            return self.single()
        self.depth += 1
        if self.depth > DEEPEST:
            raise error("nested_too_deep", limit=DEEPEST, span=self.word.span)
        sign = self.take()
        below = self.signed()
        self.depth -= 1
        return Node("not" if sign.text == "!" else "neg", (below,), None, (sign.start, below.span[1]))

    def single(self) -> Node:
        word = self.word
        if word.kind == "number":
            return self.number()
        if word.kind == "text":
            self.take()
            return Node("text", (), word.text[1:-1], word.span)
        if word.kind == "name":
            return self.named()
        if self.sees("("):
            start = self.take().start
            node = self.choice()
            end = self.expect(")").span[1]
            return Node(node.op, node.args, node.value, (start, end))
        if self.sees("["):
            raise error("list_only_after_in", span=word.span)
        raise self.unexpected_value()

    def unexpected_value(self) -> RuleError:
        return self.unexpected(message("a_value"))

    def number(self) -> Node:
        word = self.take()
        if "." in word.text:
            raise error("whole_numbers_only", found=word.text, span=word.span)
        # 2**53: exact in every engine that reads an article.
        if len(word.text) > 16 or int(word.text) > 2**53:
            raise error("number_too_large", found=word.text[:30], span=word.span)
        return Node("int", (), int(word.text), word.span)

    def named(self) -> Node:
        word = self.take()
        if word.text in ("true", "false"):
            return Node("bool", (), word.text == "true", word.span)
        if self.sees("("):
            return self.call(word)
        if word.text in _REFUSED or not self.sees("."):
            if word.text in _INSTEAD:
                raise error("write_instead", found=word.text, instead=_INSTEAD[word.text], span=word.span)
            key = "no_null" if word.text == "null" else "bare_name"
            raise error(key, found=word.text, span=word.span)
        self.take()
        if self.word.kind != "name":
            raise self.unexpected_value()
        last = self.take()
        span = (word.start, last.span[1])
        if word.text == "param":
            args, end = self.arguments(last)
            return Node("param", args, last.text, (word.start, end))
        if self.sees(".", "("):
            raise error("no_such_call", found=f"{word.text}.{last.text}{self.word.text}", span=span)
        if word.text == "step":
            return Node("step", (), last.text, span)
        name = f"{word.text}.{last.text}"
        return self.element(name, word.start) if self.sees("[") else Node("fact", (), name, span)

    def element(self, name: str, start: int) -> Node:
        """One element of a list fact, counted from 0: a fact of its own to every reader."""
        self.take()
        number = self.word
        if number.kind != "number" or not number.text.isdecimal() or len(number.text) > 3:
            raise error("element_needs_number", name=name, found=number.text, span=number.span)
        self.take()
        return Node("fact", (), f"{name}[{int(number.text)}]", (start, self.expect("]").span[1]))

    def arguments(self, name: Token) -> tuple[tuple[Node, ...], int]:
        if not self.sees("("):
            raise error("param_needs_parentheses", name=name.text, span=name.span)
        self.take()
        args: list[Node] = []
        while not self.sees(")"):
            args.append(self.choice())
            if not self.sees(")"):
                self.expect(",")
        return tuple(args), self.expect(")").span[1]

    def call(self, word: Token) -> Node:
        args, end = self.arguments(word)
        span = (word.start, end)
        if word.text == "date":
            return self.day(args, span)
        if word.text not in FUNCTIONS:
            raise error("function_unknown", found=word.text, known=", ".join(("date", *FUNCTIONS)), span=word.span)
        if len(args) != FUNCTIONS[word.text]:
            raise error("wrong_count", name=word.text, found=len(args), expected=FUNCTIONS[word.text], span=span)
        return Node(word.text, args, None, span)

    def day(self, args: tuple[Node, ...], span: tuple[int, int]) -> Node:
        if len(args) != 1 or args[0].op != "text":
            raise error("date_needs_text", span=span)
        try:
            if not _DAY.fullmatch(str(args[0].value)):
                raise ValueError
            return Node("date", (), date.fromisoformat(str(args[0].value)), span)
        except ValueError:
            raise error("date_not_a_day", found=args[0].value, span=args[0].span) from None

    def choices(self) -> Node:
        start = self.expect("[").start
        items: list[Node] = []
        while not self.sees("]"):
            item = self.signed()
            plain = item.op in LITERALS or (item.op == "neg" and item.args[0].op == "int")
            if not plain:
                raise error("list_of_literals", span=item.span)
            items.append(item)
            if not self.sees("]"):
                self.expect(",")
        end = self.expect("]").span[1]
        if not items:
            raise error("list_empty", span=(start, end))
        return Node("list", tuple(items), None, (start, end))

    def join(self, op: str, *args: Node) -> Node:
        return Node(op, args, None, (args[0].span[0], args[-1].span[1]))


def show(node: Node) -> str:
    """Write a tree as text, with the fewest parentheses that keep it the same tree."""
    match node.op:
        case "bool":
            return "true" if node.value else "false"
        case "int" | "fact":
            return str(node.value)
        case "text":
            return f'"{node.value}"' if "'" in str(node.value) else f"'{node.value}'"
        case "date":
            return f"date('{node.value}')"
        case "step":
            return f"step.{node.value}"
        case "param":
            return f"param.{node.value}({', '.join(map(show, node.args))})"
        case "list":
            return f"[{', '.join(map(show, node.args))}]"
        case "not" | "neg":
            return ("!" if node.op == "not" else "-") + _inside(node.args[0], 6)
        case "if":
            one, two, three = node.args
            return f"{_inside(one, 1)} ? {_inside(two, 1)} : {_inside(three, 0)}"
        case op if op in FUNCTIONS:
            return f"{op}({', '.join(map(show, node.args))})"
        case op:
            left, right = node.args
            binds = _BINDS[op]
            # Comparisons do not chain, so both sides need the tighter level; others lean left.
            first = binds + 1 if binds == 3 else binds
            return f"{_inside(left, first)} {_SIGNS[op]} {_inside(right, binds + 1)}"


def _inside(node: Node, least: int) -> str:
    text = show(node)
    return f"({text})" if _BINDS.get(node.op, 7) < least else text


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it."""
    yield node
    for below in node.args:
        yield from walk(below)


def facts_in(node: Node) -> frozenset[str]:
    """Names of the facts that the tree mentions itself (not through steps)."""
    return frozenset(str(part.value) for part in walk(node) if part.op == "fact")


def inline(node: Node, steps: dict[str, Node]) -> Node:
    """The tree with every step replaced by what it stands for: what scan and prove read."""
    if node.op == "step":
        return inline(steps[str(node.value)], steps)
    return Node(node.op, tuple(inline(below, steps) for below in node.args), node.value, node.span)
