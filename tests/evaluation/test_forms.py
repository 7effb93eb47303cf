"""Forms 01 and 02 of the decree: word for word, filled from the record, blank where nothing is known."""

from __future__ import annotations

import html
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import docx
import pytest

from canbo.evaluation import form_word, forms, grading
from canbo.evaluation.models import Evaluation
from canbo.pages import work as pages
from canbo.rules.evaluation.periods import Period, parse
from tests.evaluation import office as offices
from tests.evaluation import school as schools
from tests.evaluation.office import AFTER, MARCH, Office
from tests.evaluation.test_grading import handbook
from tests.evaluation.test_work import refused
from tests.pages.test_work_pages import everything, reader

pytestmark = pytest.mark.django_db
LINES = {
    "1.1": "5",
    "1.2": "4.5",
    "2.1": "2.5",
    "2.2": "2.5",
    "2.3": "2",
    "2.4": "2.5",
    "3.1": "0",
    "3.2": "2.5",
    "3.3": "2.5",
    "3.4": "2",
}
GIVEN = {line: Decimal(points) for line, points in LINES.items()}


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def sheet(office: Office, period: str = MARCH) -> forms.Sheet:
    span = parse(period)
    assert span is not None
    row = pages.reckoned(office.person.pk, office.place.pk, span, AFTER)
    return forms.sheet_of(office.person, span, row, office.place.pk, on=AFTER)


def assessed(office: Office, **asked: Any) -> Evaluation:
    told = {"person": office.person, "period": MARCH, "general": GIVEN, "by": office.worker, "on": AFTER}
    return grading.assess(**{**told, **asked})


def test_lines_add_up_to_the_groups_of_the_form(office: Office) -> None:
    held = assessed(office, text="Made all letters.", shortcomings="Late twice.")
    assert held.own_general == {"1": 9.5, "2": 9.5, "3": 7.0}
    found = {line.number: line.points for line in sheet(office).lines}
    assert found["1"] == Decimal("9.5") and found["2.3"] == 2 and found["3"] == 7
    assert sum(line.most for line in sheet(office).lines if line.group) == 30
    assert sheet(office).said == {"strengths": "Made all letters.", "shortcomings": "Late twice.", "opinion": ""}


@pytest.mark.parametrize("change", [{"1.1": Decimal("5.5")}, {"2.1": Decimal(-1)}, {"3.4": Decimal("NaN")}, {"4.1": Decimal(1)}])
def test_a_line_takes_no_more_than_the_form_gives_it(office: Office, change: dict[str, Decimal]) -> None:
    assert refused(lambda: assessed(office, general={**GIVEN, **change})) == "general"


def test_a_line_that_is_left_out_is_said(office: Office) -> None:
    assert refused(lambda: assessed(office, general={"1.1": Decimal(5)})) == "general"


def test_what_is_not_known_stays_blank(office: Office) -> None:
    found = sheet(office)
    assert {line.points for line in found.lines} == {None}
    assert found.figures == dict.fromkeys(("own", "general", "result", "score")) and found.authority == ""
    assert found.name == "Nguyễn Worker" and found.period == "(Kỳ theo dõi, đánh giá: tháng 3 năm 2026)"


def test_the_points_of_the_result_and_the_score_are_those_that_were_decided(office: Office) -> None:
    handbook(office)
    held = office.published()
    found = sheet(office)
    assert found.figures == {"own": Decimal("29.5"), "general": Decimal("29.5"), "result": Decimal("53.7"), "score": held.score}
    assert found.said["opinion"] == "So it was." and found.authority == office.head.label


def test_the_sheet_of_the_year_has_the_scores_that_were_decided_month_by_month(office: Office) -> None:
    handbook(office)
    office.published()
    found = sheet(office, "2026")
    assert [month.score for month in found.months] == [None, None, Decimal("83.2"), *[None] * 9]
    assert (found.grade, found.own_grade, found.period) == ("", "", "Năm 2026")


def test_the_grade_that_a_person_proposes_is_of_a_year(office: Office) -> None:
    assert refused(lambda: assessed(office, grade="good")) == "own_grade"
    assert refused(lambda: assessed(office, period="2026", grade="best", on=date(2026, 12, 2))) == "own_grade"
    assert assessed(office, period="2026", grade="good", on=date(2026, 12, 2)).own_grade == "good"


def test_the_form_is_printed_in_the_words_of_the_decree_whoever_reads_it(office: Office) -> None:
    handbook(office)
    office.published()
    for language, beside in (("en", "political quality"), ("vi", None), ("fa", "کیفیت سیاسی")):
        client = reader(office.worker)
        client.cookies["django_language"] = language
        page = client.get(f"/evaluations/{office.person.pk}/form?period={MARCH}").content.decode()
        paper = re.search(r"<article.*</article>", page, re.DOTALL)
        assert paper is not None
        words = forms.words()["score"]
        for text in (words["title"], words["total"], *words["items"].values(), *words["lines"].values()):
            assert text["vi"] in paper[0]
        assert 'lang="vi" dir="ltr"' in paper[0] and "83,2" in paper[0]
        assert (beside in paper[0]) if beside else "gloss" not in paper[0]
    everything()


def test_the_form_of_the_year_has_a_box_for_each_grade(office: Office) -> None:
    assessed(office, period="2026", grade="good", on=date(2026, 12, 2))
    page = reader(office.worker).get(f"/evaluations/{office.person.pk}/form?period=2026").content.decode()
    assert page.count("☒") == 1 and page.count("☐") == 7
    assert "Tổng điểm trung bình cả năm" in page


@pytest.mark.parametrize("period", [MARCH, "2026"])
def test_the_file_to_sign_says_what_the_page_says(office: Office, period: str) -> None:
    handbook(office)
    office.published()
    client = reader(office.worker)
    client.cookies["django_language"] = "vi"
    page = client.get(f"/evaluations/{office.person.pk}/form?period={period}").content.decode()
    paper = re.search(r"<article.*</article>", page, re.DOTALL)
    assert paper is not None
    answer = client.get(f"/evaluations/{office.person.pk}/form.docx?period={period}")
    assert answer["Content-Type"] == form_word.TYPE
    file = docx.Document(io.BytesIO(answer.content))
    cells = [cell for table in file.tables for row in table.rows for cell in row.cells]
    said = " ".join([*(each.text for each in file.paragraphs), *(cell.text for cell in cells)])
    words = set(re.findall(r"[\w,]+", html.unescape(re.sub(r"<[^>]+>", " ", paper[0]))))
    assert {word for word in words - set(re.findall(r"[\w,]+", said)) if word.upper() not in said} == set()
    everything()


def test_a_public_employee_has_the_sheet_of_the_own_decree(world: Any) -> None:
    school = schools.build(world)
    grading.assess(
        person=school.person, period="2026", general=offices.GENERAL, grade="good", by=school.teacher, on=date(2026, 12, 2)
    )
    client = reader(school.teacher)
    client.cookies["django_language"] = "vi"
    page = client.get(f"/evaluations/{school.person.pk}/form?period=2026").content.decode()
    paper = re.search(r"<article.*</article>", page, re.DOTALL)
    assert paper is not None
    words = forms.words("public_employee")["grade"]
    for text in (words["number"], words["title"], *words["items"].values(), words["proposal"], *words["notes"]):
        assert text["vi"] in paper[0]
    assert paper[0].count("☒") == 1 and paper[0].count("☐") == 7
    assert "Tổng điểm trung bình cả năm" not in paper[0] and "CÔNG CHỨC" not in paper[0]
    file = docx.Document(io.BytesIO(client.get(f"/evaluations/{school.person.pk}/form.docx?period=2026").content))
    said = " ".join(each.text for each in file.paragraphs)
    assert all(words[name]["vi"] in said for name in ("number", "title", "scores", "own", "decided", "proposal"))
    everything()


def test_the_points_of_a_year_are_the_mean_of_its_periods_and_what_the_score_has_beyond(world: Any) -> None:
    school = schools.build(world)
    school.approved()
    year, score = parse("2026"), Decimal("81.4")
    assert year is not None
    of_year = Evaluation(person=school.person, period="2026", score=score)
    assert forms._figures_of_year(school.person, year, of_year) == {"score": score, "general": None, "result": None}
    school.made(school.teacher)
    school.decided(school.teacher)
    found = forms._figures_of_year(school.person, year, of_year)
    assert found == {"score": score, "general": Decimal("29.5"), "result": Decimal("51.9")}
    assert set(forms._figures_of_year(school.person, year, None).values()) == {None}


def test_others_do_not_read_the_form(office: Office) -> None:
    assert reader(office.colleague).get(f"/evaluations/{office.person.pk}/form?period={MARCH}").status_code == 403


def test_the_lines_of_the_form_are_filled_in_on_the_page(office: Office) -> None:
    this = str(Period(date.today().replace(day=1), "month"))
    client = reader(office.worker)
    page = client.get("/work").content.decode()
    key = page.split('name="key" value="')[1].split('"')[0]
    told = {"do": "assess", "key": key, "text": "Good.", "shortcomings": "None.", **{f"line_{n}": v for n, v in LINES.items()}}
    assert client.post(f"/work?period={this}", told).status_code == 302
    everything()
    held = Evaluation.objects.get()
    assert held.own_lines["1.2"] == 4.5 and held.own_shortcomings == "None."
