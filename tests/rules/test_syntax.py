"""The language of articles: what it takes, what it refuses, and how it says so."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.rules.syntax import FUNCTIONS, OPS, Node, inline, parse, show, walk
from canbo.rules.words import RuleError

names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True).filter(
    lambda name: name not in ("in", "true", "false", "param", "step")
)
literals = st.one_of(
    st.booleans().map(lambda value: Node("bool", (), value)),
    st.integers(0, 2**53).map(lambda value: Node("int", (), value)),
    st.text(st.characters(exclude_characters="'\\\n\r", exclude_categories=("Cs", "Cc")), max_size=8).map(
        lambda value: Node("text", (), value)
    ),
    st.dates().map(lambda value: Node("date", (), value)),
)
leaves = st.one_of(
    literals,
    st.tuples(names, names).map(lambda two: Node("fact", (), ".".join(two))),
    names.map(lambda name: Node("step", (), name)),
)


def grown(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    two = st.tuples(below, below)
    item = st.one_of(literals, st.integers(1, 99).map(lambda n: Node("neg", (Node("int", (), n),))))
    return st.one_of(
        st.tuples(
            st.sampled_from(["or", "and", "eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "months_between"]), two
        ).map(lambda made: Node(made[0], made[1])),
        st.tuples(st.sampled_from(["not", "neg", "months_since", "years_since"]), below).map(
            lambda made: Node(made[0], (made[1],))
        ),
        st.tuples(below, below, below).map(lambda three: Node("if", three)),
        st.tuples(below, st.lists(item, min_size=1, max_size=3)).map(
            lambda made: Node("in", (made[0], Node("list", tuple(made[1]))))
        ),
        st.tuples(names, st.lists(below, max_size=3)).map(lambda made: Node("param", tuple(made[1]), made[0])),
    )


trees = st.recursive(leaves, grown, max_leaves=12)


@given(trees)
def test_what_is_written_back_reads_as_the_same_tree(tree: Node) -> None:
    assert parse(show(tree)) == tree


@given(trees)
def test_every_node_knows_the_stretch_of_text_it_was_read_from(tree: Node) -> None:
    text = show(tree)
    for node in walk(parse(text)):
        start, end = node.span
        assert 0 <= start < end <= len(text)
        if node.op not in ("list",):
            assert parse(text[start:end]) == node


@given(st.text(st.characters(exclude_characters="{}"), max_size=60))
def test_any_text_is_read_or_refused_with_a_place_in_both_languages(text: str) -> None:
    try:
        parse(text)
    except RuleError as trouble:
        assert trouble.span is not None and 0 <= trouble.span[0] <= len(text)
        for language in ("en", "vi"):
            assert trouble.say(language) and "{" not in trouble.message.say(language)


@pytest.mark.parametrize(
    ("text", "key", "marked"),
    [
        ("person.sex = 'F'", "write_instead", "="),
        ("person.sex == 'F' and true", "write_instead", "and"),
        ("not true", "write_instead", "not"),
        ("person.sex == 'F' & true", "write_instead", "&"),
        ("person.sex == null", "no_null", "null"),
        ("sex == 'F'", "bare_name", "sex"),
        ("person.sex == 'F", "text_not_closed", "'F"),
        ("1 < 2 < 3", "comparisons_in_a_row", "<"),
        ("size(person.born) > 1", "function_unknown", "size"),
        ("person.name.startsWith('A')", "no_such_call", "person.name"),
        ("has(person.sex)", "function_unknown", "has"),
        ("1.5 > 1", "whole_numbers_only", "1.5"),
        ("9999999999999999999 > 1", "number_too_large", "9999999999999999999"),
        ("date('2026-02-30') < date('2026-03-01')", "date_not_a_day", "'2026-02-30'"),
        ("date(person.born)", "date_needs_text", "date(person.born)"),
        ("person.sex in []", "list_empty", "[]"),
        ("person.sex in [person.sex]", "list_of_literals", "person.sex"),
        ("[1] == [1]", "list_only_after_in", "["),
        ("param.term > 1", "param_needs_parentheses", "term"),
        (
            "months_since(person.born, person.born) > 1",
            "wrong_count",
            "months_since(person.born, person.born)",
        ),
        ("(true", "ends_too_soon", "e"),
        ("true)", "found_expected", ")"),
        ("", "ends_too_soon", ""),
        ("person.sex; DROP TABLE x", "sign_unknown", ";"),
        ("person.sex == “F”", "quotes_bent", "“"),
        ("3 > 2 && person.dégree == 'x'", "letters_plain", "person.dégree"),
        ("trình_độ == 'x'", "letters_plain", "trình_độ"),
    ],
)
def test_what_is_outside_the_language_is_refused_at_its_place(text: str, key: str, marked: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse(text)
    assert refused.value.message.key == key
    assert refused.value.span is not None
    assert text[slice(*refused.value.span)] == marked


def test_a_name_with_accents_is_shown_as_it_would_be_written() -> None:
    for written, plain in (("người.điểm > 1", "nguoi.diem"), ("person.dégree == 'x'", "person.degree")):
        with pytest.raises(RuleError) as refused:
            parse(written)
        assert f"perhaps ‘{plain}’" in refused.value.say("en")


def test_an_error_underlines_what_it_means() -> None:
    with pytest.raises(RuleError) as refused:
        parse("post.level == 'province' && person.sex = 'F'")
    said = refused.value.say("en").splitlines()
    assert said[0] == "Found ‘=’; write ‘==’."
    assert said[2].index("^") == said[1].index("= 'F'")
    assert refused.value.say("vi").startswith("Gặp ‘=’; hãy viết ‘==’.")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000_000 + ")" * 5_000_000,
        "(" * 4_000,
        "!" * 9_000 + "true",
        "true" + " && true" * 1_200,
        "-" * 9_000 + "1",
    ],
    ids=["ten megabytes of parentheses", "open", "nots", "a long chain", "minuses"],
)
def test_an_endless_expression_is_refused_and_not_followed(text: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse(text)
    assert refused.value.message.key in ("expression_too_long", "nested_too_deep")
    assert len(refused.value.say("en")) < 500


def test_binding_is_that_of_cel() -> None:
    assert parse("a.a || b.b && !c.c == d.d") == parse("a.a || (b.b && ((!c.c) == d.d))")
    assert parse("1 - 2 - 3 * 4 < 5") == parse("((1 - 2) - (3 * 4)) < 5")
    assert parse("a.a ? b.b : c.c ? d.d : e.e") == parse("a.a ? b.b : (c.c ? d.d : e.e)")


def test_steps_can_be_replaced_by_what_they_stand_for() -> None:
    steps = {"one": parse("person.a + 1"), "two": parse("step.one * 2")}
    assert show(inline(parse("step.two > 3"), steps)) == "(person.a + 1) * 2 > 3"


def test_every_kind_of_node_can_be_written() -> None:
    written = {node.op for text in EACH for node in walk(parse(text))}
    assert written == OPS
    assert set(FUNCTIONS) <= OPS


EACH = [
    "a.b == 1 && a.c != 2 || !(a.d < 3) && a.e <= 4",
    "a.b > -1 && a.c >= 2 + 3 - 4 * 5 && a.d in ['x'] && true",
    "a.b ? months_since(date('2026-01-31')) > 1 : years_since(a.c) > months_between(a.d, a.e)",
    "param.p(step.s) == a.b",
    "min(a.b, a.c) / 2 + max(a.d, 3) % 5 >= a.e[0]",
]


def test_a_date_literal_is_a_day() -> None:
    assert parse("date('2026-01-31')").value == date(2026, 1, 31)
