"""Templates parsed once for each language, with all that is the same for every reader said beforehand.

Half of what a page of work costs is its template: some two thousand nodes, of which a third say the same words to everybody
who reads the language, and most of the rest look up a name. `Loader` parses a template once for each language and then

* says words, icons, addresses and whatever else depends on nothing but the language, and joins them with the text around them;
* looks up names without the detours that Django takes for each (a name of the page, then of an attribute, of a number);
* escapes a string without asking first whether it is a number, a moment or a promise of one.

What comes out is the same to the letter, and in debug everything is left as Django does it.
Source: django/template/base.py and django/templatetags/i18n.py of Django 5.2; `tests/pages/test_folded.py` holds both beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from django.template import Context, Template
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    TextNode,
    Variable,
    VariableDoesNotExist,
    VariableNode,
    render_value_in_context,
)
from django.template.context import BaseContext
from django.template.defaulttags import URLNode
from django.template.library import SimpleNode
from django.template.loaders import cached
from django.template.loaders.base import Loader as AnyLoader
from django.template.smartif import TokenBase
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

#: tags whose output depends on nothing but what the template gives them; marked by `same_for_all`
SAME = "canbo_same_for_all"
CONSTANT = {"None": None, "True": True, "False": False}
PLAIN: dict[type, bool] = {}  # kinds of objects of which nothing can be had by key


def same_for_all(tag: Any) -> Any:
    """Mark a simple tag whose output depends on its arguments and the language alone, so that it is rendered once."""
    setattr(tag, SAME, True)
    return tag


class Loader(cached.Loader):
    """Keeps templates as Django's own loader does, apart for each language and folded."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        if self.engine.debug:
            return super().get_template(template_name, skip)
        key = f"{get_language()}-{get_script_prefix()}-{self.cache_key(template_name, skip)}"
        kept = self.get_template_cache.get(key)
        if kept is None:
            kept = AnyLoader.get_template(self, template_name, skip)
            if str(template_name).endswith(".html"):
                fold(kept)
            self.get_template_cache[key] = kept
        return kept


def fold(template: Template) -> None:
    """Fold a template that nobody renders yet, for the language that is active."""
    context = Context()
    context.template = template
    _fold(template.nodelist, context, set())


def _fold(given: Any, context: Context, seen: set[int]) -> None:
    """Everything reachable from a list of nodes, a node, an expression or a condition."""
    if id(given) in seen or isinstance(given, LanguageNode):
        return
    seen.add(id(given))
    for part in _parts(given):
        _fold(part, context, seen)
    if type(given) is NodeList:
        given[:] = _joined(given, context)
        given.__class__ = Nodes
    elif type(given) is VariableNode:
        given.__class__ = Shown
    elif type(given) is BlockTranslateNode and not (_same(given) or given.asvar or given.message_context or given.plural):
        given.__class__ = Told
        Told.prepare(given)  # type: ignore[arg-type]
    elif type(given) is Variable and given.lookups is not None:
        given.__class__ = Found


def _parts(given: Any) -> Iterator[Any]:
    match given:
        case list() | tuple():
            yield from given
        case dict():
            yield from given.values()
        case FilterExpression():
            yield given.var
            yield given.filters
        case TokenBase():
            yield from (given.first, given.second, getattr(given, "value", None))
        case Node():
            yield from vars(given).values()


def _joined(nodes: NodeList, context: Context) -> list[Node]:
    """The nodes with what is the same for all said, and neighbouring texts as one."""
    found: list[Node] = []
    for node in nodes:
        said = node.render(context) if _same(node) else node.s if type(node) is TextNode else None
        if said is None:
            found.append(node)
        elif found and type(found[-1]) is TextNode:
            found[-1].s += said
        elif said:
            text = TextNode(str(said))
            text.token, text.origin = node.token, node.origin  # type: ignore[attr-defined]
            found.append(text)
    return found


def _same(node: Node) -> bool:
    """Whether a node says the same whoever reads, in one language."""
    if type(node) is TranslateNode:
        expression = node.filter_expression
        return not (node.asvar or node.message_context or expression.filters) and expression.var.lookups is None
    if type(node) is BlockTranslateNode:
        return not (node.asvar or node.message_context or node.extra_context or node.plural) and all(
            token.token_type.name == "TEXT" for token in node.singular
        )
    if type(node) is SimpleNode:
        given = [*node.args, *node.kwargs.values()]
        return (
            getattr(node.func, SAME, False) and node.target_var is None and not any(each.is_var or each.filters for each in given)
        )
    if type(node) is URLNode:
        return not (node.asvar or node.args or node.kwargs or node.view_name.is_var or node.view_name.filters)
    return False


class Nodes(NodeList):
    """Nodes rendered one after the other, without notes for a debugger."""

    def render(self, context: Context) -> SafeString:
        return SafeString("".join([node.render(context) for node in self]))


class Shown(VariableNode):
    """`{{ … }}`: strings and marked strings at once, everything else as Django shows it."""

    def render(self, context: Context) -> str:
        try:
            value = self.filter_expression.resolve(context)
        except UnicodeDecodeError:
            return ""
        kind = type(value)
        if kind is SafeString:
            return value
        if kind is str and context.autoescape:
            return escape(value)
        return render_value_in_context(value, context)


class Told(BlockTranslateNode):
    """`{% blocktranslate %}` with values and without a plural: the sentence of the language is looked up once."""

    sentence: str
    names: list[str]

    def prepare(self) -> None:
        """Look up the sentence of the language that is active."""
        source, self.names = self.render_token_list(self.singular)
        self.sentence = gettext(source)

    def render(self, context: Context, nested: bool = False) -> str:
        values = {name: value.resolve(context) for name, value in self.extra_context.items()}
        try:
            return self.sentence % {
                name: render_value_in_context(values[name] if name in values else context[name], context) for name in self.names
            }
        except (KeyError, ValueError):  # a name that is nowhere, a sentence with a mark too many
            return str(super().render(context, nested))


class Found(Variable):
    """A name in a template. Looked up as Django does, one try after the other; but not where it is known that the try fails."""

    __slots__ = ()

    def resolve(self, context: Any) -> Any:
        path = self.lookups
        name = path[0]
        if name in CONSTANT and len(path) == 1:
            return CONSTANT[name]
        if self.translate or not isinstance(context, BaseContext):
            return super().resolve(context)
        for names in reversed(context.dicts):  # type: ignore[attr-defined]
            if name in names:
                found = names[name]
                break
        else:
            return super().resolve(context)
        if len(path) > 1:
            for name in path[1:]:
                found = _part(found, name)
                if found is _ELSE:
                    return super().resolve(context)
        return super().resolve(context) if callable(found) else found


_ELSE = object()  # only Django itself can say


def _part(of: Any, name: str) -> Any:
    """What an object has under a name, where one try is enough to know; _ELSE where it is not, or where it must be called."""
    kind = type(of)
    plain = PLAIN.get(kind)
    if plain is None:
        plain = PLAIN[kind] = not hasattr(kind, "__getitem__")
    if plain:
        try:
            found = getattr(of, name)
        except Exception:  # whatever it is, Django says what becomes of it
            return _ELSE
    elif kind is dict:
        if name not in of:
            if name.isdecimal() or hasattr(dict, name):
                return _ELSE
            raise VariableDoesNotExist("Failed lookup for key [%s] in %r", (name, of))
        found = of[name]
    elif kind in (list, tuple) and name.isdecimal() and int(name) < len(of):
        found = of[int(name)]
    else:
        return _ELSE
    return _ELSE if callable(found) else found
