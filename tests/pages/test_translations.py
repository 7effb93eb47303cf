"""The words of canbo are there in every language that must be complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from canbo.project import translations


def test_vietnamese_and_persian_miss_no_word_and_no_hole() -> None:
    assert translations.check() == []


def test_words_are_found_in_code_and_in_templates(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '{% load i18n %}{% translate "One" %}\n   <p>{% blocktranslate count n=n %}{{ n }} key{% plural %}{{ n }} keys'
        '{% endblocktranslate %}</p>{% blocktranslate with day=x %}since {{ day }}{% endblocktranslate %}{{ _("Two") }}'
    )
    found = [message for message, _context, _comments in translations.found_in(page)]
    assert found == ["One", ("%(n)s key", "%(n)s keys"), "since %(day)s", "Two"]


@pytest.mark.parametrize(("string", "expected"), [
    ("", "no translation of"),
    ("từ", "needs ['%(day)s']"),
    ("từ %(ngay)s", "needs ['%(day)s']"),
    ("100% từ %(day)s", "a % that should be %%"),
    ("100%% từ %(day)s", None),
    ("từ %(day)s", None),
])  # fmt: skip
def test_a_missing_or_harmed_translation_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, string: str, expected: str | None
) -> None:
    from babel.messages.catalog import Catalog

    template, kept = Catalog(), Catalog(locale="vi")
    template.add("since %(day)s")
    kept.add("since %(day)s", string)
    monkeypatch.setattr(translations, "load", lambda language: kept)
    wrong = translations.faults("vi", template)
    assert (wrong == []) if expected is None else (len(wrong) == 1 and expected in wrong[0])


def test_an_unsure_translation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from babel.messages.catalog import Catalog

    template, kept = Catalog(), Catalog(locale="fa")
    template.add("post")
    kept.add("post", "پست", flags=["fuzzy"])
    monkeypatch.setattr(translations, "load", lambda language: kept)
    assert translations.faults("fa", template) == ["fa: unsure translation of 'post'"]
