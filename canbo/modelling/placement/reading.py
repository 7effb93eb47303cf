"""A placement as a file says it, in JSON or YAML; what is wrong is refused with its place, and nothing is taken.

Every value is read as written: codes keep their leading zeros, `no` stays a word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from canbo.modelling.placement.problem import Cap, Forbidden, Pair, Person, Post, Problem, Weights
from canbo.modelling.placement.sentences import Refused, Said

LARGEST = 500_000_000  # bytes
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_TOP = ("lot", "weights", "bodies", "people", "posts", "scores", "barred", "forbidden", "caps")
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read(file: Path) -> Problem:
    """The problem that a file asks. Raises Refused with the first thing that is wrong."""
    try:
        if file.stat().st_size > LARGEST:
            raise Refused("not_readable", file=file.name, why=Said("too_large", most=LARGEST))
        text = file.read_text(encoding="utf-8-sig")
    except OSError as trouble:
        raise Refused("not_readable", file=file.name, why=trouble.strerror or trouble) from None
    except UnicodeDecodeError:
        raise Refused("not_readable", file=file.name, why=Said("not_utf8")) from None
    return asked(parsed(text, file.name))


def parsed(text: str, name: str = "file") -> Any:
    """The text as lists, names with values, and words."""
    try:
        if text.lstrip()[:1] == "{":
            return json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str)
        return yaml.load(text, Loader=_Strict)  # noqa: S506  # a base loader: words, lists and names only
    except (json.JSONDecodeError, yaml.YAMLError, RecursionError) as trouble:
        raise Refused("not_readable", file=name, why=" ".join(str(trouble).split())) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Refused("key_twice", at="JSON", found=name)
        found[name] = value
    return found


class _Strict(_Loader):  # type: ignore[misc]
    """Words as written, no name twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise Refused("key_twice", at=f"{key.start_mark.line + 1}", found=key.value)
            seen.add(key.value)
        return super().construct_mapping(node, deep)  # type: ignore[no-any-return]


class _At:
    """A value with its place, asked for what it must be."""

    def __init__(self, value: Any, at: str) -> None:
        self.value, self.at = value, at

    def wrong(self, key: str, **args: object) -> Refused:
        return Refused(key, at=self.at, **args)

    def fields(self, known: tuple[str, ...], need: tuple[str, ...] = ()) -> dict[str, _At]:
        """Its entries by name; others are refused, and those in `need` must be there."""
        if not isinstance(self.value, dict):
            raise self.wrong("kind", expected=Said("names"), found=_short(self.value))
        for name in self.value:
            if name not in known:
                raise self.wrong("unknown_entry", found=name, known=", ".join(known))
        for name in need:
            if name not in self.value:
                raise self.wrong("missing", found=name)
        return {
            name: _At(value, f"{self.at}.{name}") for name, value in self.value.items() if value not in (None, "", "~", "null")
        }

    def items(self) -> Iterator[_At]:
        if not isinstance(self.value, list):
            raise self.wrong("kind", expected=Said("a_list"), found=_short(self.value))
        for number, value in enumerate(self.value):
            yield _At(value, f"{self.at}[{number + 1}]")

    def code(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong("kind", expected=Said("a_code"), found=_short(self.value))
        return self.value.strip()

    def codes(self) -> tuple[str, ...]:
        return tuple(item.code() for item in self.items())

    def flag(self) -> bool:
        if self.value in (True, "true"):
            return True
        if self.value in (False, "false"):
            return False
        raise self.wrong("kind", expected=Said("yes_no"), found=_short(self.value))

    def number(self, least: int, most: int, digits: int = 2) -> int:
        """A number in hundredths (or whole, with digits 0)."""
        written = self.value if isinstance(self.value, str) else ""
        found = Decimal(written) if _NUMBER.fullmatch(written) else None
        scaled = None if found is None else found * (100 if digits else 1)
        if found is None or scaled is None or scaled != int(scaled) or not least <= found <= most:
            raise self.wrong("number", found=_short(self.value), least=least, most=most, digits=digits)
        return int(scaled)

    def known(self, codes: Any, key: str) -> str:
        code = self.code()
        if code not in codes:
            raise self.wrong(key, found=code)
        return code


def _short(value: object) -> str:
    return str(value)[:60]


def asked(tree: Any) -> Problem:
    """The problem that a parsed file asks. Raises Refused with the first thing that is wrong."""
    top = _At(tree, "file").fields(_TOP, ("people", "posts", "scores"))
    top = {name: _At(part.value, name) for name, part in top.items()}
    bodies = _bodies(top.get("bodies"))
    posts = _listed(top, "posts", lambda item: _post(item, bodies))
    people = _listed(top, "people", lambda item: _person(item, posts))
    pairs = _pairs(top, people, posts)
    problem = Problem(
        people,
        posts,
        pairs,
        _barred(top, people, posts, pairs),
        tuple(_forbidden(item, people) for item in _items(top, "forbidden")),
        tuple(_listed(top, "caps", lambda item: _cap(item, bodies)).values()),
        bodies,
        _weights(top.get("weights")),
        top["lot"].code() if "lot" in top else "",
    )
    for number, person in enumerate(people.values()):
        check_fixed(problem, person.id, person.fixed, f"people[{number + 1}].fixed")
    return problem


def check_fixed(problem: Problem, person: str, post: str | None, at: str) -> None:
    """Refuse a hand that puts a person into a post that is not allowed."""
    if post is not None and (person, post) not in problem.pairs:
        articles = ", ".join(problem.barred.get((person, post), ()))
        raise Refused("fixed_not_allowed", at=at, found=person, post=post, why=articles or Said("no_score"))


def hands(problem: Problem, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """PERSON=POST as typed, checked."""
    found = []
    for word in words:
        person, equals, post = word.partition("=")
        if not equals:
            raise Refused("fixed_word", found=word)
        at = _At(person, "--fix").known(problem.people, "no_such_person")
        to = _At(post, "--fix").known(problem.posts, "no_such_post")
        check_fixed(problem, at, to, "--fix")
        found.append((at, to))
    return found


def _items(top: dict[str, _At], name: str) -> Iterator[_At]:
    return top[name].items() if name in top else iter(())


def _listed(top: dict[str, _At], name: str, made: Callable[[_At], Any]) -> dict[str, Any]:
    """The things of a list by their id, each once."""
    found: dict[str, Any] = {}
    for item in _items(top, name):
        thing = made(item)
        if thing.id in found:
            raise item.wrong("twice", found=thing.id)
        found[thing.id] = thing
    return found


def _bodies(part: _At | None) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    above: dict[str, _At] = {}
    for item in part.items() if part else ():
        fields = item.fields(("id", "above"), ("id",))
        code = _field(fields, item, "id").code()
        if code in found:
            raise item.wrong("twice", found=code)
        found[code] = None
        if "above" in fields:
            above[code] = fields["above"]
    for code, up in above.items():
        found[code] = up.known(found, "no_such_body")
    for code in found:
        line, at = {code}, found[code]
        while at is not None:
            if at in line:
                raise Refused("circle", at="bodies", found=code)
            line.add(at)
            at = found[at]
    return found


def _field(fields: dict[str, _At], item: _At, name: str) -> _At:
    """An entry that must be there and say something."""
    if name not in fields:
        raise item.wrong("missing", found=name)
    return fields[name]


def _post(item: _At, bodies: dict[str, str | None]) -> Post:
    fields = item.fields(("id", "seats", "body", "groups", "fill"), ("id",))
    return Post(
        _field(fields, item, "id").code(),
        fields["seats"].number(0, 100_000, 0) if "seats" in fields else 1,
        fields["body"].known(bodies, "no_such_body") if "body" in fields else None,
        frozenset(fields["groups"].codes()) if "groups" in fields else frozenset(),
        fields["fill"].number(0, 100_000, 0) if "fill" in fields else 0,
    )


def _person(item: _At, posts: dict[str, Post]) -> Person:
    fields = item.fields(("id", "now", "prefers", "groups", "about", "must", "fixed"), ("id",))
    prefers = [each.known(posts, "no_such_post") for each in fields["prefers"].items()] if "prefers" in fields else []
    if len(set(prefers)) < len(prefers):
        raise fields["prefers"].wrong("twice", found=next(post for post in prefers if prefers.count(post) > 1))
    about = (
        fields["about"].fields(tuple(fields["about"].value) if isinstance(fields["about"].value, dict) else ())
        if "about" in fields
        else {}
    )
    return Person(
        _field(fields, item, "id").code(),
        fields["now"].code() if "now" in fields else None,
        tuple(prefers),
        frozenset(fields["groups"].codes()) if "groups" in fields else frozenset(),
        {name: value.code() for name, value in about.items()},
        fields["must"].flag() if "must" in fields else False,
        fields["fixed"].known(posts, "no_such_post") if "fixed" in fields else None,
    )


def _key(fields: dict[str, _At], item: _At, people: dict[str, Person], posts: dict[str, Post]) -> tuple[str, str]:
    person = _field(fields, item, "person").known(people, "no_such_person")
    return person, _field(fields, item, "post").known(posts, "no_such_post")


def _pairs(top: dict[str, _At], people: dict[str, Person], posts: dict[str, Post]) -> dict[tuple[str, str], Pair]:
    found: dict[tuple[str, str], Pair] = {}
    for item in _items(top, "scores"):
        fields = item.fields(("person", "post", "score", "distance", "groups"), ("person", "post", "score"))
        key = _key(fields, item, people, posts)
        if key in found:
            raise item.wrong("twice", found="–".join(key))
        found[key] = Pair(
            _field(fields, item, "score").number(-10_000, 10_000),
            fields["distance"].number(0, 50_000) if "distance" in fields else None,
            frozenset(fields["groups"].codes()) if "groups" in fields else frozenset(),
        )
    return found


def _barred(
    top: dict[str, _At], people: dict[str, Person], posts: dict[str, Post], pairs: dict[tuple[str, str], Pair]
) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for item in _items(top, "barred"):
        fields = item.fields(("person", "post", "articles"), ("person", "post", "articles"))
        key = _key(fields, item, people, posts)
        if key in found or key in pairs:
            raise item.wrong("twice" if key in found else "both", found="–".join(key))
        found[key] = _field(fields, item, "articles").codes()
    return found


def _forbidden(item: _At, people: dict[str, Person]) -> Forbidden:
    fields = item.fields(("people", "where", "articles"), ("people",))
    two = [each.known(people, "no_such_person") for each in _field(fields, item, "people").items()]
    if len(two) != 2:
        raise item.wrong("kind", expected=Said("two_people"), found=len(two))
    if two[0] == two[1]:
        raise item.wrong("with_oneself", found=two[0])
    where = fields["where"].code() if "where" in fields else "line"
    if where not in ("body", "line"):
        raise item.wrong("kind", expected=Said("body_line"), found=where)
    return Forbidden(two[0], two[1], where, fields["articles"].codes() if "articles" in fields else ())


def _cap(item: _At, bodies: dict[str, str | None]) -> Cap:
    limits = ("at_least", "at_most", "share_at_least", "share_at_most")
    fields = item.fields(("id", "body", "below", "groups", *limits, "penalty", "articles"), ("id",))
    found = {name: fields[name].number(0, 100 if name.startswith("share") else 1_000_000, 0) for name in limits if name in fields}
    if not found:
        raise item.wrong("no_limit")
    for least, most in (limits[:2], limits[2:]):
        if least in found and most in found and found[least] > found[most]:
            raise item.wrong("crossed", least=found[least], most=found[most])
    return Cap(
        _field(fields, item, "id").code(),
        fields["body"].known(bodies, "no_such_body") if "body" in fields else None,
        fields["below"].flag() if "below" in fields else False,
        frozenset(fields["groups"].codes()) if "groups" in fields else frozenset(),
        **found,
        penalty=fields["penalty"].number(0, 100_000) * 100 if "penalty" in fields else None,
        articles=fields["articles"].codes() if "articles" in fields else (),
    )


def _weights(part: _At | None) -> Weights:
    if part is None:
        return Weights()
    fields = part.fields(("score", "preference", "distance", "continuity", "placed"))
    found: dict[str, Any] = {name: fields[name].number(0, 10_000) for name in fields if name != "preference"}
    if "preference" in fields:
        found["preference"] = tuple(each.number(0, 10_000) for each in fields["preference"].items())
    return Weights(**found)
