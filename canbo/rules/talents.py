"""The open criteria of recognition, kinds of promises, and groups of the high-potential programme beside a rulebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from canbo.rules.corpus import Corpus
from canbo.rules.params import OutsideTable

FILE = "talents.yaml"


@dataclass(frozen=True)
class Group:
    """A group of the programme. `reads`: the fact that decides: birth, sex, ethnicity, credential; `closed`: why it never opens."""

    code: str
    names: Mapping[str, str]
    reads: str
    article: str
    parameter: str
    subjects: tuple[str, ...]
    closed: Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """`least`: how many criteria somebody must meet; `experience_years`: how long counts as experience."""

    criteria: Mapping[str, Mapping[str, str]]
    least: int
    experience_years: int
    promises: Mapping[str, Mapping[str, str]]
    groups: Mapping[str, Group]


def of(law: Corpus) -> Told:
    """What the file beside a rulebook says; nothing is open where there is none."""
    return _read(law.path / FILE)


@lru_cache(maxsize=4)
def _read(path: Path) -> Told:
    if not path.is_file():
        return Told({}, 0, 0, {}, {})
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Told(
        said["criteria"], said["least"], said["experience_years"], said["promises"],
        {code: _group(code, one) for code, one in said["groups"].items()},
    )  # fmt: skip


def _group(code: str, said: Mapping[str, Any]) -> Group:
    return Group(
        code, said["names"], said["reads"], said.get("article", ""), said.get("parameter", ""), tuple(said.get("subjects", ())),
        said.get("closed", {}),
    )  # fmt: skip


def rests_on(group: Group, law: Corpus, on: date) -> str | None:
    """What opens a group on a day: an article in force, a parameter with a value, "office" where no sensitive fact is read.

    None: nothing does, and its fact is not read.
    """
    if group.closed:
        return None
    if group.article:
        article = law.articles.get(group.article)
        return group.article if article is not None and article.in_force(on) else None
    if group.parameter:
        try:
            law.parameters.lookup(group.parameter, on, level="province")
        except (KeyError, OutsideTable):
            return None
        return group.parameter
    return "office"
