"""Sentences in the reader's language: their days, and the stored ones said again."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from canbo.registry import saying
from canbo.registry.saying import sentence as _
from canbo.rules.words import message

DAY = date(2026, 9, 1)


@pytest.mark.parametrize(("language", "written"), [("vi", "01/09/2026"), ("en", "1 Sept 2026"), ("fa", "۱ سپتامبر ۲۰۲۶")])
def test_a_sentence_writes_its_day_as_the_reader_does(language: str, written: str) -> None:
    with translation.override(language):
        assert written in _("%(on)s lies before what was already done in this case.") % {"on": DAY}


def test_a_message_of_the_rules_writes_its_day_as_the_reader_does() -> None:
    said = message("no_article_in_force", topic="x", on=DAY)
    assert "01/09/2026" in said.say("vi") and "1 September 2026" in said.say("en") and "۲۰۲۶" in said.say("fa")


def test_a_kept_sentence_is_said_again_in_each_language_with_what_it_holds() -> None:
    with translation.override("vi"):
        inner = _("They are relatives in degree %(degree)s.") % {"degree": 3}
        kept = saying.kept(saying.together([inner, _("The articles no longer allow it on %(on)s.") % {"on": DAY}]))
    with translation.override("en"):
        assert saying.again(kept) == "They are relatives in degree 3. The articles no longer allow it on 1 Sept 2026."
    with translation.override("fa"):
        assert "۳" in saying.again(kept) and "۱ سپتامبر ۲۰۲۶" in saying.again(kept)
    with translation.override("vi"):
        assert saying.again(kept).startswith(str(inner)) and "01/09/2026" in saying.again(kept)


@pytest.mark.parametrize("text", ["Chưa đủ hồ sơ.", "", '{"say": 3}', '{"say"', '{"rule": "no such sentence"}', '{"other": "x"}'])
def test_what_was_written_by_hand_comes_back_as_it_is(text: str) -> None:
    assert saying.kept(text) == saying.again(text) == text
