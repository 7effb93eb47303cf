"""Folded templates say to the letter what Django's own say."""

from __future__ import annotations

import re
from collections import defaultdict, namedtuple
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Engine, engines
from django.template.loaders import cached
from django.test import Client
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation import office as offices
from tests.evaluation.office import PLACE

LIBRARIES = {"say": "canbo.pages.templatetags.say", "shell": "canbo.pages.templatetags.shell", "i18n": "django.templatetags.i18n"}
Pair = namedtuple("Pair", "first second")


@dataclass
class Thing:
    """An object of a page, with all that an attribute can be."""

    name: str = "<Nguyễn & sons>"
    none: None = None

    def called(self) -> str:
        return "called"

    def with_more(self, more: str) -> str:
        return more

    def changes(self) -> str:
        raise AssertionError("A template called what alters data.")

    changes.alters_data = True  # type: ignore[attr-defined]

    @property
    def gone(self) -> str:
        raise ObjectDoesNotExist

    @property
    def broken(self) -> str:
        raise AttributeError("deeper")


class ByKey:
    """Something asked by key first."""

    other = "by name"

    def __getitem__(self, key: str) -> str:
        if key == "known":
            return "by key"
        raise KeyError(key)


VALUES: dict[str, Any] = {
    "thing": Thing(),
    "lazy": SimpleLazyObject(Thing),
    "words": {"name": "a", "items": "hidden", "0": "zero", "none": None},
    "more": defaultdict(int, {"x": 1}),
    "pair": Pair("one", "two"),
    "list": ["a", "<b>"],
    "by_key": ByKey(),
    "space": SimpleNamespace(name=SimpleNamespace(name="deep"), pairs=[("a", 1), ("b", 2)]),
    "number": 1234567,
    "exact": Decimal("1234.50"),
    "day": date(2026, 11, 29),
    "marked": mark_safe("<b>bold</b>"),  # noqa: S308  # that is what is tested
    "said": gettext_lazy("Accept"),
    "call": lambda: "from a call",
    "nothing": None,
}
PATHS = [
    "thing.name", "thing.none", "thing.called", "thing.with_more", "thing.changes", "thing.gone", "thing.missing", "lazy.name", "lazy.called",
    "words.name", "words.items", "words.0", "words.missing", "words.none", "words.keys", "more.x", "more.y", "pair.first", "pair.0", "pair.5", "list.0", "list.1",
    "list.9", "list.x", "by_key.known", "by_key.other", "by_key.missing", "space.name.name", "space.name.missing", "number", "exact", "day", "day.year", "marked",
    "said", "call", "call.x", "nothing", "nothing.x", "missing", "missing.x", "None", "True", "False", "None.x", "number.real", "dicts", "words.name.upper",
]  # fmt: skip


def engine(fold: bool, sources: dict[str, str], **asked: Any) -> Engine:
    kind = "canbo.pages.folded.Loader" if fold else "django.template.loaders.cached.Loader"
    return Engine(loaders=[(kind, [("django.template.loaders.locmem.Loader", sources)])], libraries=LIBRARIES, **asked)


def both(source: str, values: dict[str, Any] | None = None, **others: str) -> tuple[str, str]:
    """What a template says, by Django alone and folded."""
    sources = {"page.html": source, **{f"{name}.html": text for name, text in others.items()}}
    first, second = (
        engine(fold, sources).get_template("page.html").render(Context({**VALUES, **(values or {})})) for fold in (False, True)
    )
    return str(first), str(second)


@pytest.mark.parametrize("path", PATHS)
def test_a_name_is_found_as_django_finds_it(path: str) -> None:
    shown = f"{{{{ {path} }}}}|{{% if {path} %}}yes{{% else %}}no{{% endif %}}|{{% with it={path} %}}{{{{ it }}}}{{% endwith %}}|{{{{ {path}|default:'–' }}}}"
    by_django, by_us = both(shown)
    assert by_us == by_django


@pytest.mark.parametrize("path", ["thing.broken", "lazy.broken"])
def test_what_fails_within_a_property_fails_as_in_django(path: str) -> None:
    for fold in (False, True):
        with pytest.raises(AttributeError, match="deeper"):
            engine(fold, {"page.html": f"{{{{ {path} }}}}"}).get_template("page.html").render(Context(VALUES))


@given(
    st.one_of(
        st.text(),
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.floats(),
        st.booleans(),
        st.none(),
        st.dates(),
        st.text().map(mark_safe),
    )
)
def test_a_value_is_escaped_as_django_escapes_it(value: Any) -> None:
    by_django, by_us = both("{{ value }}{% autoescape off %}{{ value }}{% endautoescape %}{{ value|safe }}", {"value": value})
    assert by_us == by_django


def test_words_are_said_once_for_each_language_and_a_reader_gets_the_own() -> None:
    made = engine(
        True, {"page.html": '{% load i18n %}<b>{% translate "Accept" %}</b>{% blocktranslate %}Done{% endblocktranslate %}'}
    )
    said = {}
    for language in ("vi", "en", "fa", "vi"):
        with translation.override(language):
            page = made.get_template("page.html")
            assert [type(node).__name__ for node in page.nodelist][-1] == "TextNode" and len(page.nodelist) <= 2
            text = page.render(Context())
            assert (
                said.setdefault(language, text) == text == f"<b>{translation.gettext('Accept')}</b>{translation.gettext('Done')}"
            )
    assert len(set(said.values())) == 3


@pytest.mark.parametrize(
    "source",
    [
        '{% load i18n %}{% translate "Accept" as word %}[{{ word }}]{% translate thing.name %}{% translate "100%% <b>" %}{% translate "Accept"|upper %}',
        "{% load i18n %}{% blocktranslate with n=number %}{{ n }} people{% endblocktranslate %}{% blocktranslate count n=number %}one{% plural %}many{% endblocktranslate %}",
        '{% load i18n %}{% language "fa" %}{% translate "Accept" %}{% endlanguage %}{% translate "Accept" %}',
        "{% load i18n %}{% blocktranslate with n=thing.name more=exact %}{{ n }} of {{ more }}, 5% {{ number }}{{ missing }}{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate trimmed with n=number asvar told %}  {{ n }}\n people {% endblocktranslate %}<{{ told }}>",
        '{% url "work" %}{% url "evaluation" number %}{% url "work" as there %}{{ there }}',
        '{% load shell %}{% icon "circle-check" %}{% icon "circle-check" "big" %}{% icon thing.none|default:"circle-x" %}',
        "{% for one in list %}{{ forloop.counter }}{{ one }}{% if not forloop.last %}, {% endif %}{% empty %}none{% endfor %}{% for a, b in space.pairs %}{{ a }}{% endfor %}",
        '{% extends "base.html" %}{% load i18n %}{% block inner %}{{ block.super }}{% translate "Done" %}{% include "part.html" with x=thing.name %}{% endblock %}',
    ],
)
def test_tags_say_the_same_folded(source: str) -> None:
    parts = {"base": "<i>{% block inner %}base {{ number }}{% endblock %}</i>", "part": "({{ x }}{% block no %}{% endblock %})"}
    for language in ("vi", "en", "fa"):
        with translation.override(language):
            by_django, by_us = both(source, **parts)
            assert by_us == by_django


def test_in_debug_templates_are_left_as_django_makes_them() -> None:
    made = engine(True, {"page.html": '{% load i18n %}a{% translate "Accept" %}'}, debug=True)
    assert "TranslateNode" in [type(node).__name__ for node in made.get_template("page.html").nodelist]


TOKEN = re.compile(r'(name="(?:csrfmiddlewaretoken|key)" value="|nonce[-=]"?)[^"\']+')


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["vi", "en", "fa"])
def test_pages_are_the_same_to_the_letter(world: Any, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    office = offices.build(world)
    office.assign("report", 2)
    made = engines["django"].engine  # type: ignore[attr-defined]
    inner = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
    own = f"/evaluations/{office.person.pk}"
    addresses = [
        "/",
        "/work",
        "/tasks",
        f"/assignments?in={PLACE}",
        f"/evaluations?in={PLACE}",
        own,
        f"{own}/form",
        f"/organizations/{PLACE}",
        "/rules",
        "/nowhere",
    ]
    for account in (office.worker, office.head):
        pages = []
        for loaders in (made.template_loaders, [cached.Loader(made, inner)]):
            monkeypatch.setattr(made, "template_loaders", loaders)
            client = Client()
            client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
            client.cookies["django_language"] = language
            pages.append([TOKEN.sub(r"\1", client.get(address, follow=True).content.decode()) for address in addresses])
        for address, ours, theirs in zip(addresses, *pages, strict=True):
            assert ours == theirs, address
            assert len(ours) > 1000
