"""Pages of work and evaluations: the daily log, assign and accept, a body's list, and what a score followed from."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import translation

from canbo.evaluation import grading, sides, sides_shown
from canbo.evaluation.models import Acceptance, Assignment, Doubt, Evaluation, Log
from canbo.pages import tasks
from canbo.pages import work as pages
from canbo.registry import authority, intake
from canbo.registry.models import Account
from tests.evaluation import office as offices
from tests.evaluation import sides_office
from tests.evaluation.office import AFTER, GENERAL, MARCH, PLACE, Office
from tests.evaluation.test_grading import handbook

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def office(world: Any) -> Office:
    built = offices.build(world)
    if date.today().year != 2026:
        built.products = offices.listed(world, built.officer, built.above, year=date.today().year)
    return built


def reader(account: Any) -> Client:
    client = Client()
    client.force_login(account, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return client


def everything() -> None:
    authority.open_sight(authority.reach_of(intake.console()))


def this_month(office: Office, **asked: Any) -> Assignment:
    return office.assign("report", 2, period=str(pages.holding(date.today(), "month")), on=date.today(), **asked)


def sent(page: str) -> str:
    """The beginning of the key that a form of a page brings along."""
    return page.split('name="key" value="')[1].split('"')[0]


def test_a_person_logs_the_own_product_on_the_page(office: Office) -> None:
    held = this_month(office)
    client = reader(office.worker)
    page = client.get("/work").content.decode()
    assert "Report" in page and "0 of 2 logged" in page
    told = {
        "do": "log",
        "key": sent(page),
        "assignment": held.pk,
        "done": "1",
        "day": date.today().isoformat(),
        "text": "Drafted.",
        "evidence": "7/BC",
    }
    assert client.post("/work", told).status_code == 302
    assert client.post("/work", told).status_code == 302  # sent twice, done once
    everything()
    assert Log.objects.get().evidence == "7/BC"
    assert "1 of 2 logged" in client.get("/work").content.decode()


def test_what_is_refused_is_said_on_the_page_in_the_readers_language(office: Office) -> None:
    held = this_month(office)
    client = reader(office.worker)
    with translation.override("vi"):
        client.cookies["django_language"] = "vi"
        told = {"do": "log", "key": sent(client.get("/work").content.decode()), "assignment": held.pk, "done": "1", "text": ""}
        answer = client.post("/work", told)
    assert answer.status_code == 422
    assert "Hãy ghi vắn tắt đã làm gì." in answer.content.decode()


def test_nobody_sends_a_form_that_was_made_for_another(office: Office) -> None:
    held = this_month(office)
    key = sent(reader(office.worker).get("/work").content.decode())
    answer = reader(office.colleague).post("/work", {"do": "log", "key": key, "assignment": held.pk, "done": "1", "text": "x"})
    assert answer.status_code == 422
    everything()
    assert not Log.objects.exists()


def test_nobody_is_offered_to_assign_to_oneself_or_to_accept_the_own_work(office: Office) -> None:
    own = office.head.person
    held = this_month(office, person=own, by=office.above)
    reader(office.head).post(
        "/work",
        {
            "do": "log",
            "key": sent(reader(office.head).get("/work").content.decode()),
            "assignment": held.pk,
            "done": "1",
            "day": date.today().isoformat(),
            "text": "Drafted.",
            "evidence": "7/BC",
        },
    )
    page = reader(office.head).get(f"/assignments?in={PLACE}").content.decode()
    assert f'<option value="{office.person.pk}"' in page and f'<option value="{own.pk}"' not in page
    assert "evidence for 1" in page and "Ask another officer." in page and f':a{held.pk}"' not in page
    assert f':a{held.pk}"' in reader(office.above).get(f"/assignments?in={PLACE}").content.decode()


def test_a_head_assigns_and_accepts_on_the_page(office: Office) -> None:
    client = reader(office.head)
    page = client.get(f"/assignments?in={PLACE}").content.decode()
    told = {
        "do": "assign",
        "key": sent(page),
        "person": office.person.pk,
        "product": office.products["letter"].pk,
        "number": "3",
        "task": "Plan 27",
    }
    assert client.post(f"/assignments?in={PLACE}", told).status_code == 302
    everything()
    held = Assignment.objects.get()
    office.log(held, 3, day=date.today(), on=date.today())
    page = client.get(f"/assignments?in={PLACE}").content.decode()
    assert "evidence for 3" in page
    accepted = {
        "do": "accept",
        "key": sent(page),
        "assignment": held.pk,
        "done": "3",
        "quality_failures": "1",
        "delays": "0",
        "days_late": "0",
    }
    assert client.post(f"/assignments?in={PLACE}", accepted | {"done": "4"}).status_code == 422
    assert client.post(f"/assignments?in={PLACE}", accepted).status_code == 302
    everything()
    assert Acceptance.objects.get().quality_failures == 1


def test_all_assignments_are_shown_page_by_page_those_that_wait_first(office: Office) -> None:
    for number in range(30):
        this_month(office, task=f"Matter {number}")
    last = Assignment.objects.latest("pk")
    office.log(last, 1, day=date.today(), on=date.today())
    client = reader(office.head)
    page = client.get(f"/assignments?in={PLACE}").content.decode()
    assert "Matter 29" in page and "evidence for 1" in page and "30 in all" in page and "Matter 24" not in page
    more = client.get(f"/assignments?in={PLACE}&start=25").content.decode()
    assert "Matter 24" in more and "Matter 28" in more and "Matter 29" not in more and "Matter 3<" not in more


def test_an_officer_gives_up_a_round_on_the_page_and_whoever_was_asked_reads_why(world: Any) -> None:
    office = sides_office.large(world)
    held = sides_office.opened(office, on=date.today(), closes_on=date.today() + timedelta(days=3))
    client, address = reader(office.officer), f"/evaluations/sides?in={PLACE}&period={sides_office.PERIOD}"
    told = {"do": "abandon", "key": sent(client.get(address).content.decode()), "round": held.pk}
    assert client.post(address, {**told, "text": ""}).status_code == 422
    assert client.post(address, {**told, "text": "The key is lost."}).status_code == 302
    assert "Given up" in client.get(address).content.decode()
    everything()
    one = held.asked.filter(rater=office.worker.person, excluded="").first()
    assert one is not None
    rater = reader(office.worker)
    for page in ("/tasks", f"/sides/{one.pk}"):
        assert "The key is lost." in rater.get(page).content.decode()


def tasks_of(account: Account) -> tuple[str, int]:
    """The page of tasks, and how many things the menu says wait beside what the reader is asked about others."""
    page = reader(account).get("/tasks").content.decode()
    everything()
    request = RequestFactory().get("/tasks")
    request.user, request.reach = account, authority.reach_of(account)  # type: ignore[attr-defined]
    with transaction.atomic():
        authority.open_sight(request.reach)  # type: ignore[attr-defined]
        number = tasks.number(request)
    everything()
    return page, number - len(sides_shown.waiting(account.person_id, on=date.today()))


def test_a_round_whose_last_day_has_come_waits_for_whoever_closes_it_and_its_questions_for_whoever_answers_them(
    world: Any,
) -> None:
    office = sides_office.large(world)
    began = date.today() - timedelta(days=9)
    held = sides_office.opened(office, on=began, closes_on=date.today() + timedelta(days=1))
    elsewhere = world.account("officer of Q", "officer", "Q")
    assert "Close the round" not in tasks_of(office.officer)[0] and tasks_of(office.officer)[1] == 0
    second = sides_office.opened(office, on=began, closes_on=date.today(), period="2026-Q2")
    number = second.asked.filter(excluded="").count()
    page, waiting = tasks_of(office.officer)
    assert waiting == 1 and "1 thing waits for you" in page and "Close the round" in page and f"0 of {number} answered" in page
    assert f"in={PLACE.replace('/', '%2F')}&amp;period=2026-Q2" in page
    for account in (office.inspector, office.above, elsewhere):
        assert "Close the round" not in tasks_of(account)[0] and tasks_of(account)[1] == 0
    sides.close(round=second, by=office.officer, on=date.today())
    told = {"round": second, "organization": office.place, "evidence": {}}
    doubts = [
        Doubt.objects.create(kind=kind, persons=persons, **told)
        for kind, persons in (("ring", []), ("copies_one", [office.head.person.pk]))
    ]
    for account, count in ((office.above, 2), (office.head, 1)):  # the head is named in one of them
        page, waiting = tasks_of(account)
        words = "2 questions wait" if count == 2 else "1 question waits"
        assert waiting == 1 and words in page
    for account in (office.officer, elsewhere):
        assert "for an answer" not in tasks_of(account)[0] and tasks_of(account)[1] == 0
    for doubt in doubts:
        sides.settle(doubt=doubt, text="They work in one room.", by=office.above, on=date.today())
    assert tasks_of(office.above)[1] == tasks_of(office.head)[1] == 0
    assert held.state == "open"


def test_a_bodys_list_shows_scores_and_the_caps_by_three_readings(office: Office) -> None:
    handbook(office)
    office.published()
    page = reader(office.head).get(f"/evaluations?in={PLACE}&period=2026-03").content.decode()
    assert "83.2" in page and "completed well" in page
    for reading in ("of those graded good", "of the good or better", "of all graded"):
        assert reading in page
    assert "nothing was assigned" in page


def test_every_number_of_a_person_opens_to_its_formula_and_article(office: Office) -> None:
    handbook(office)
    office.published()
    number = office.person.pk
    for account in (office.worker, office.head, office.inspector):
        page = reader(account).get(f"/evaluations/{number}?period=2026-03").content.decode()
        assert "15.06 / 16.8 = 89.6 %" in page
        assert "/rules/" in page and "Decree 335/2025" in page
        assert "the same" in page  # reckoned again from what was kept
        assert "12/CV" in page
    assert reader(office.colleague).get(f"/evaluations/{number}?period=2026-03").status_code == 403


def test_a_score_above_100_says_beside_it_why_and_which_article_sets_no_ceiling(office: Office) -> None:
    why = "A score above 100 is no mistake"
    handbook(office)
    address = f"/evaluations/{office.person.pk}?period={MARCH}"
    assert why not in reader(office.head).get(address).content.decode()
    more = office.assign("letter", 40, extra="unexpected")
    office.log(more, 40)
    office.accept(more, 40)
    held = office.opined()
    for account, path in (
        (office.worker, f"/work?period={MARCH}"),
        (office.head, f"/evaluations?in={PLACE}&period={MARCH}"),
        (office.head, address),
    ):
        page = reader(account).get(path).content.decode()
        said = page[page.index(why) :][:700]
        assert "sets no ceiling" in said and 'href="/rules/' in said and "Decree 335/2025/ND-CP, article 14" in said
    grading.decide(evaluation=held, by=office.head, on=AFTER)
    assert "With a ceiling of 100 per cent it would be" in reader(office.head).get(address).content.decode()


def test_who_is_late_in_a_year_leads_to_the_periods_of_that_year(office: Office) -> None:
    page = reader(office.head).get(f"/evaluations/late?in={PLACE}&period=2026").content.decode()
    assert "stands with that period" in page and f'href="?in={PLACE}&amp;period={MARCH}"' in page
    assert (
        "stands with that period" not in reader(office.head).get(f"/evaluations/late?in={PLACE}&period={MARCH}").content.decode()
    )


@pytest.mark.parametrize(("ago", "said"), [(0, "7 working days left"), (40, "[0-9]+ working days late</b>")])
def test_a_petition_says_how_many_working_days_are_left_or_how_late_its_answer_is(office: Office, ago: int, said: str) -> None:
    handbook(office)
    held = office.published()
    grading.petition(evaluation=held, ground="Why?", by=office.worker, on=date.today() - timedelta(days=ago))
    page = reader(office.head).get(f"/evaluations/{office.person.pk}?period={MARCH}").content.decode()
    assert re.search(said, page)


def test_an_evaluation_is_carried_to_its_publication_on_the_page(office: Office) -> None:
    handbook(office)
    held = grading.assess(person=office.person, period="2026-03", general=GENERAL, by=office.worker, on=AFTER)
    address = f"/evaluations/{office.person.pk}?period=2026-03"

    def does(account: Any, do: str, **told: str) -> int:
        client = reader(account)
        key = sent(client.get(address).content.decode())
        return client.post(address, {"do": do, "key": key, "evaluation": held.pk, **told}).status_code

    points = {f"general_{name}": str(value) for name, value in GENERAL.items()}
    assert does(office.head, "opine", text="So it was.", **points) == 302
    assert does(office.head, "decide") == 302
    assert does(office.officer, "publish") == 302
    everything()
    assert Evaluation.objects.get(pk=held.pk).state == "published"


def test_points_that_were_not_given_are_not_taken_for_nought(office: Office) -> None:
    client = reader(office.worker)
    page = client.get(f"/work?period={MARCH}").content.decode()
    lines = dict.fromkeys(re.findall(r'name="(line_[0-9.]+)"', page), "")
    assert lines
    answer = client.post(f"/work?period={MARCH}", {"do": "assess", "key": sent(page), **lines})
    assert answer.status_code == 422
    assert not Evaluation.objects.exists()


def test_whoever_is_no_person_has_no_work(office: Office) -> None:
    assert reader(office.officer).get("/work").status_code == 404
