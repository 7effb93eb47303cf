"""`canbo place`: an answer for programs, sentences for people in three languages, and files that are wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from canbo.modelling.placement import reading
from canbo.modelling.placement.sentences import LANGUAGES, SENTENCES, Refused
from canbo.project.commands.place import place

HOUSE = Path(__file__).resolve().parents[2]
EXAMPLE = HOUSE / "examples" / "placement" / "merger.yaml"
GUIDE = HOUSE / "docs" / "guide" / "placement.md"


def run(*words: str | Path, language: str = "en") -> Result:
    return CliRunner(env={"CANBO_LANG": language}).invoke(place, [str(word) for word in words], catch_exceptions=False)


def small(**changes: Any) -> dict[str, Any]:
    """Two people, two posts; what is given replaces what is here."""
    return {
        "people": [{"id": "an"}, {"id": "binh"}],
        "posts": [{"id": "head", "body": "office"}, {"id": "clerk", "body": "office"}],
        "bodies": [{"id": "office"}],
        "scores": [
            {"person": "an", "post": "head", "score": 80},
            {"person": "binh", "post": "head", "score": 70},
            {"person": "binh", "post": "clerk", "score": 60.5},
        ],
        **changes,
    }


def written(folder: Path, asked: object) -> Path:
    file = folder / "asked.json"
    file.write_text(asked if isinstance(asked, str) else json.dumps(asked), encoding="utf-8")
    return file


def test_json_gives_assignment_objective_bound_and_gap(tmp_path: Path) -> None:
    ran = run(written(tmp_path, small()), "--json")
    found = json.loads(ran.stdout)
    assert ran.exit_code == 0
    assert list(found)[:4] == ["assignment", "objective", "bound", "gap"]
    assert found["assignment"] == {"an": "head", "binh": "clerk"}
    assert (found["objective"], found["bound"], found["gap"], found["proved"]) == (2140.5, 2140.5, 0.0, True)


def test_yaml_and_json_are_read_alike_and_codes_keep_their_zeros(tmp_path: Path) -> None:
    text = "people: [{id: 007}]\nposts: [{id: no}]\nscores: [{person: 007, post: no, score: 1.5}]\n"
    same = {"people": [{"id": "007"}], "posts": [{"id": "no"}], "scores": [{"person": "007", "post": "no", "score": 1.5}]}
    assert reading.asked(reading.parsed(text)) == reading.asked(reading.parsed(json.dumps(same)))
    file = tmp_path / "asked.yaml"
    file.write_text(text, encoding="utf-8")
    assert json.loads(run(file, "--json").stdout)["assignment"] == {"007": "no"}


def test_the_guide_shows_what_the_command_answers() -> None:
    """Each console block of the guide asks about the example; its lines come in that order, `...` standing for others."""
    blocks = re.findall(r"(?ms)^```console\n\$ canbo place (.*?)\n(.*?)^```", GUIDE.read_text(encoding="utf-8"))
    assert len(blocks) >= 3
    for words, shown in blocks:
        assert words.split()[0] == "examples/placement/merger.yaml"
        answered = iter(run(EXAMPLE, *words.split()[1:]).stdout.splitlines())
        for line in shown.splitlines():
            assert line == "..." or line in answered, f"canbo place {words} no longer answers {line!r}"


def test_the_file_in_the_guide_is_the_example() -> None:
    assert f"```yaml\n{EXAMPLE.read_text(encoding='utf-8')}```" in GUIDE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "1 of 2 placed"), ("vi", "Đã bố trí 1/2 người"), ("fa", "1 از 2 نفر جای گرفتند")]
)
def test_people_read_it_in_their_language(tmp_path: Path, language: str, words: str) -> None:
    asked = small(
        scores=[{"person": "an", "post": "head", "score": 1}], barred=[{"person": "binh", "post": "head", "articles": ["age"]}]
    )
    ran = run(written(tmp_path, asked), language=language)
    assert words in ran.stdout and "age" in ran.stdout


def test_what_cannot_hold_together_ends_with_three_and_names_the_articles(tmp_path: Path) -> None:
    asked = small(
        people=[{"id": "an", "must": True}, {"id": "binh", "must": True}],
        forbidden=[{"people": ["an", "binh"], "where": "body", "articles": ["kin-5"]}],
    )
    ran = run(written(tmp_path, asked), "--json")
    found = json.loads(ran.stdout)
    assert ran.exit_code == 3 and found["assignment"] is None and found["possible"] is False
    assert {"name": "forbidden:an+binh", "articles": ["kin-5"]} in found["conflict"]
    assert {each["name"] for each in found["conflict"]} == {"must:an", "must:binh", "forbidden:an+binh"}
    assert "the bar on an+binh together (kin-5)" in run(tmp_path / "asked.json").stdout


def test_a_hand_is_kept_and_its_cost_told(tmp_path: Path) -> None:
    ran = run(written(tmp_path, small()), "--json", "--fix", "binh=head")
    found = json.loads(ran.stdout)
    assert found["assignment"] == {"binh": "head"}
    assert found["fixed"] == [{"person": "binh", "post": "head", "cost": 1070.5}] and found["fixed_cost"] == 1070.5


def test_only_whom_one_asks_about_is_explained(tmp_path: Path) -> None:
    people = [{"id": "an", "prefers": ["clerk"]}, {"id": "binh", "prefers": ["head"]}]
    file = written(tmp_path, small(people=people))
    assert {each["person"] for each in json.loads(run(file, "--json").stdout)["explanations"]} == {"an", "binh"}
    found = json.loads(run(file, "--json", "--explain", "an").stdout)["explanations"]
    assert [(each["person"], each["wanted"], each["reason"]) for each in found] == [("an", "clerk", "barred")]
    assert run(file, "--explain", "nobody").exit_code == 1


WRONG: dict[str, tuple[Any, str]] = {
    "a person twice": (small(people=[{"id": "an"}, {"id": "an"}, {"id": "binh"}]), "people[2]: ‘an’ is already in the list"),
    "a post unknown": (small(scores=[{"person": "an", "post": "chair", "score": 1}]), "scores[1].post: there is no post ‘chair’"),
    "a person unknown": (small(scores=[{"person": "em", "post": "head", "score": 1}]), "scores[1].person: there is no person ‘em’"),
    "negative seats": (small(posts=[{"id": "head", "seats": -1}]), "posts[1].seats: ‘-1’ is not a number from 0"),
    "half a seat": (small(posts=[{"id": "head", "seats": 1.5}]), "posts[1].seats: ‘1.5’ is not a number"),
    "a score that is no number": (small(scores=[{"person": "an", "post": "head", "score": "good"}]), "scores[1].score: ‘good’ is not a number"),
    "a score that is not finite": ('{"people": [{"id": "a"}], "posts": [{"id": "p"}], "scores": [{"person": "a", "post": "p", "score": NaN}]}', "‘NaN’ is not a number"),
    "a pair scored twice": (small(scores=[{"person": "an", "post": "head", "score": 1}] * 2), "scores[2]: ‘an–head’ is already in the list"),
    "scored and barred": (small(barred=[{"person": "an", "post": "head", "articles": ["age"]}]), "has a score and is barred as well"),
    "fixed where not allowed": (
        small(people=[{"id": "an", "fixed": "clerk"}, {"id": "binh"}], barred=[{"person": "an", "post": "clerk", "articles": ["age"]}]),
        "people[1].fixed: ‘an’ is put into ‘clerk’ by hand, which is not allowed: age.",
    ),
    "an entry unknown": (small(posts=[{"id": "head", "seat": 1}]), "posts[1]: nothing is called ‘seat’ here"),
    "an entry missing": ({"people": [], "posts": []}, "file: ‘scores’ is missing"),
    "a body unknown": (small(bodies=[]), "there is no body ‘office’"),
    "a body above itself": (small(bodies=[{"id": "office", "above": "b"}, {"id": "b", "above": "office"}]), "stands above itself"),
    "kin of oneself": (small(forbidden=[{"people": ["an", "an"]}]), "cannot be kept apart from the same person"),
    "limits that cross": (small(caps=[{"id": "c", "at_least": 3, "at_most": 2}]), "at least 3 and at most 2 leave nothing"),
    "a cap without a limit": (small(caps=[{"id": "c"}]), "a cap needs at_least"),
    "people as a name": (small(people="an"), "people: expected a list, found ‘an’"),
    "a name twice": ('{"people": [], "people": []}', "‘people’ is written twice"),
    "no file of this kind": ("people: [", "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_is_wrong_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    asked, expected = WRONG[case]
    ran = run(written(tmp_path, asked))
    assert ran.exit_code == 1 and ran.stdout == "" and expected in ran.stderr
    for language in ("vi", "fa"):
        said = run(tmp_path / "asked.json", language=language).stderr
        assert said and said != ran.stderr


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in run(tmp_path / "none.json").stderr


def test_every_sentence_is_there_in_each_language_with_the_same_places() -> None:
    for key, said in SENTENCES.items():
        places = [sorted(re.findall(r"\{(\w+)", said[language])) for language in LANGUAGES]
        assert all(said.values()) and places[0] == places[1] == places[2], key


def test_a_refusal_says_itself_in_words_inside_words() -> None:
    with pytest.raises(Refused) as refused:
        reading.asked(reading.parsed('{"people": 1, "posts": [], "scores": []}'))
    assert refused.value.say("vi") == "people: cần một danh sách, gặp ‘1’."
