"""A clerk at a real browser: sits down as whoever is entitled, and takes a case through its pages from opening to end.

What a page does not let its user do, the clerk cannot do. On the way the clerk looks at each page: is it in the language
that was chosen, is it as wide as the window, and, once for each kind of page, what has axe to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from canbo.pages import ballots
from canbo.procedures import cases, papers
from canbo.procedures.models import Case, Step
from canbo.registry import authority, intake
from canbo.registry.models import Account, OrganizationName, Person, PersonName, Post
from canbo.rules import procedure as law
from tests import world as worlds
from tests.pages.browser import axe_script, chromium, complaints, serving, speak
from tests.pages.test_case_browser import BACKEND, PICTURE, is_fault
from tests.pages.test_case_pages import on_the_day_of_the_office
from tests.procedures import machine
from tests.procedures import office as offices
from tests.procedures.office import ON, Wide

BUTTON = "button:not([type=button]):not([name=do])"
PHONE, DESK = (390, 844), (1440, 900)
# How a page stands: too wide by so many pixels, its language, its step's buttons, the mark of its state.
STANDS = """() => {
  const root = document.documentElement, all = (path) => [...document.querySelectorAll(path)];
  return [root.scrollWidth - root.clientWidth, root.lang,
          all('.doing input[name=do]').map(e => e.value).join(' '), all('.ph .tag').map(e => e.className).join(' ')];
}"""


@dataclass
class Clerk:
    """A browser in the wide office. `wrong` gathers what was found on the pages."""

    base: str
    wide: Wide
    page: Any
    context: Any
    script: str
    wrong: list[str]
    language: str = "vi"
    keys: dict[int, str] = field(default_factory=dict)  # sessions by account
    seen: set[str] = field(default_factory=set)  # kinds of pages that axe has read

    # --- at the browser

    def speaks(self, language: str, size: tuple[int, int]) -> None:
        """From here on the pages are in this language and the window has this size."""
        self.language = language
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        speak(self.context, self.base, language)

    def sit(self, account: Account) -> None:
        if account.pk not in self.keys:
            client = Client()
            client.force_login(account, backend=BACKEND)
            self.keys[account.pk] = client.cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": self.keys[account.pk], "url": self.base}])

    def go(self, account: Account, path: str) -> None:
        """Somebody sits down and opens a page."""
        self.sit(account)
        self.page.goto(self.base + path)
        self.look()

    def follow(self, link: str) -> None:
        """Click a link or a button that leads to another page."""
        with self.page.expect_navigation():
            self.page.locator(link).first.click()
        self.look()

    def look(self) -> None:
        """Write down what is wrong with the page that is open."""
        wide, language, doing, mark = self.page.evaluate(STANDS)
        kind = f"{re.sub(r'[0-9]+', 'N', self.page.url.removeprefix(self.base).split('?')[0])} {doing} {mark}"
        if wide:
            self.wrong.append(f"{kind}: {wide} px too wide at {self.page.viewport_size['width']}")
        if language != self.language:
            self.wrong.append(f"{kind}: in {language}, not in {self.language}")
        if kind not in self.seen:
            self.seen.add(kind)
            self.wrong += [f"{kind} {language}: {line}" for line in complaints(self.page, self.script)]

    def form(self, do: str) -> Any:
        """The form of a button, unfolded where it is folded."""
        form = self.page.locator(f"form:has(input[name=do][value={do}])").first
        assert form.count(), f"no button {do!r} for this reader: {self.told()[:600]}"
        self.unfold(form)
        return form

    def press(self, do: str, *, button: str = BUTTON, **fields: str) -> None:
        """Fill in the form of a button and press it; what comes back may be a refusal."""
        form = self.form(do)
        for name, value in fields.items():
            form.locator(f"[name='{name}']").first.fill(value)
        with self.page.expect_navigation():
            form.locator(button).first.click()
        self.look()

    def done(self, do: str, *, button: str = BUTTON, **fields: str) -> None:
        """Press a button whose deed is not refused."""
        self.press(do, button=button, **fields)
        refusal = self.page.locator("#refusal")
        assert not refusal.count(), refusal.inner_text()

    def says(self, words: str) -> str:
        """What the pages say for these words in the language of the clerk."""
        with translation.override(self.language):
            return str(gettext(words))

    def told(self) -> str:
        return str(self.page.locator("main").inner_text())

    # --- in the register, as it is committed

    def read(self, number: int) -> Case:
        with authority.sight(intake.console()):
            return Case.objects.select_related("ruling", "post__job", "organization").get(pk=number)

    def standing(self, number: int) -> tuple[Case, Step | None, law.StepRule | None, Account | None]:
        """A case, the step that it is at, its law, and who is entitled to take it."""
        with authority.sight(intake.console()):
            case = Case.objects.get(pk=number)
            step = cases.current(case) if case.state in cases.RUNNING else None
            if step is None:
                return case, None, None, None
            rule = cases.rules_of(case)[1].step(step.name)
            return case, step, rule, self.wide.who(case, rule, on=ON)

    def called(self, step: Step) -> list[Account]:
        """Who is convened to a vote."""
        with authority.sight(intake.console()):
            roll = step.electors.filter(state="convened").select_related("person").order_by("person_id")
            return [self.wide.of(elector.person) for elector in roll]

    def named(self, number: int) -> list[int]:
        """The persons whose names are still in."""
        with authority.sight(intake.console()):
            return [name.person_id for name in cases.names(Case.objects.get(pk=number))]

    # --- opening

    def opens(self, name: str, by: Account, about: dict[str, Any]) -> int:
        """Open a case from the list of procedures, searching for what it is about; the number of the case."""
        post, person, terms = about.get("post"), about.get("person"), about.get("terms", {})
        self.go(by, "/cases/new")
        self.follow(f"a[href*='procedure={name}&'], a[href$='procedure={name}']")
        self.page.locator("#place").fill(self.words(post) if post else self.body(about["organization"].pk))
        if person:
            self.page.locator("#who").fill(self.full_name(person))
        if "to_post" in terms:
            self.page.locator("#to").fill(self.words(self.post(terms["to_post"])))
        self.follow("form:has(#place) button")
        form = self.form("open")
        chosen = {"post": post and post.pk, "person": person and person.pk, "to_post": terms.get("to_post")}
        for what, number in chosen.items():
            if number:
                form.locator(f"input[name={what}][value='{number}']").check()
        if not post:
            code = next(code for code, body in self.wide.world.organizations.items() if body.pk == about["organization"].pk)
            form.locator(f"input[name=organization][value='{code}']").check()
        self.state(form, terms.get("facts", {}))
        days = {day: about[day].isoformat() for day in ("effective_on", "until") if about.get(day)}
        self.press("open", **days, **({"seats": str(terms["seats"])} if "seats" in terms else {}))
        assert re.search(r"/cases/[0-9]+$", self.page.url), self.told()
        return int(self.page.url.rsplit("/", 1)[1])

    def state(self, form: Any, facts: dict[str, Any]) -> None:
        """Fill in facts that only people can state, as far as the form asks for them."""
        for name, value in facts.items():
            field = form.locator(f"[name='fact:{name}']")
            if not field.count():
                continue  # no article in force reads it, so nobody is asked for it
            self.unfold(field)
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option({True: "yes", False: "no"}.get(value, value))
            else:
                field.fill(str(value))

    def unfold(self, thing: Any) -> None:
        folded = thing.locator("xpath=ancestor::details[not(@open)]")
        if folded.count():
            folded.first.locator("summary").first.click()

    def post(self, number: int) -> Post:
        with authority.sight(intake.console()):
            return Post.objects.select_related("job").get(pk=number)

    def words(self, post: Post) -> str:
        """What somebody types who looks for a post: its title and its body."""
        return f"{post.job.names[self.language]} {self.body(post.organization_id)}"

    def body(self, number: int) -> str:
        with authority.sight(intake.console()):
            return str(OrganizationName.objects.get(organization=number).name[self.language])

    def full_name(self, person: Person) -> str:
        with authority.sight(intake.console()):
            name = PersonName.objects.get(person=person)
            return f"{name.family} {name.given}"

    # --- the steps

    def carry(self, number: int, *, until: str = "", names: list[Person] | None = None, level: dict[int, str] | None = None,
              tokens: bool = False) -> Case:  # fmt: skip
        """Take one step after another from its form, each as whoever is entitled, until the case ends or is at `until`.

        `names`: who is put where names are put; `level`: the level that a person gets in a vote by levels; `tokens`: votes
        are held with tokens.
        """
        for _turn in range(40):
            case, step, rule, by = self.standing(number)
            if step is None or rule is None or by is None or rule.id == until:
                return case
            if rule.does == "vote" and tokens:
                self.vote_by_tokens(number, by)
            elif rule.does == "vote":
                self.vote_on_paper(number, by, level=level)
            else:
                self.take(number, rule, by, names or [])
            after = self.read(number)
            assert after.turn != case.turn or after.state != case.state, (rule.id, self.told())
        raise AssertionError(f"case {number} never came to {until or 'its end'}")

    def take(self, number: int, rule: law.StepRule, by: Account, names: list[Person]) -> None:
        """A step that is no vote."""
        self.go(by, f"/cases/{number}")
        if rule.does == "name":
            self.put(names)
        elif rule.does == "sign":
            self.follow("form.practice button")
            assert not self.page.locator("#refusal").count(), self.told()
        elif rule.does == "publish":
            self.done("publish")
        else:
            self.done("act", text="Thống nhất.")

    def put(self, names: list[Person]) -> None:
        """Put names: those in the plan are on the page, others are searched for one after the other."""
        for person in names:
            box = self.page.locator(f"input[name=person][value='{person.pk}'][type=checkbox]")
            if not box.count():
                self.page.locator("#q").fill(self.full_name(person))
                self.follow("button[value=find]")
            box.check()
        self.done("name")

    def refuse(self, number: int, rule: law.StepRule, by: Account) -> None:
        """A step in which whoever is entitled does not agree, or does not sign, and says why."""
        self.go(by, f"/cases/{number}")
        if rule.does == "sign":
            self.done("not_sign", text="Không đồng ý.")
        else:
            self.done("act", button="button[value=refuse]", text="Không đồng ý.")

    # --- votes

    def convene(self, number: int, chair: Account, tier: str) -> list[Account]:
        """Freeze the roll in the form; who is convened."""
        self.go(chair, f"/cases/{number}")
        self.form("convene").locator(f"input[name=tier][value={tier}]").check()
        self.done("convene")
        step = self.standing(number)[1]
        assert step is not None
        return self.called(step)

    def vote_on_paper(self, number: int, chair: Account, *, level: dict[int, str] | None = None, tie: bool = False,
                      nobody: bool = False) -> None:  # fmt: skip
        """A vote with its sheet and three who confirm it: all for every name (`level`: for one level of it), or a tie, or
        blank ballots alone."""
        called = self.convene(number, chair, "T0")
        rule = self.standing(number)[2]
        assert rule is not None and rule.vote is not None
        here = len(called) - (tie and len(called) % 2)
        valid = 0 if nobody else here // 2 if tie else here
        figures = {"present": here, "issued": here, "collected": here, "valid": valid, "blank": here - valid, "invalid": 0}
        self.page.locator("input[name=photo]").set_input_files(PICTURE)
        self.done(
            "sheet", **{name: str(n) for name, n in {**figures, **marks(rule.vote, self.named(number), valid, level)}.items()}
        )
        for counter in called[:3]:
            self.go(counter, f"/cases/{number}/roll")
            self.done("confirm")

    def decide_between(self, number: int, head: Account, person: Person) -> None:
        """The head decides between level names, as found among the head's tasks."""
        self.go(head, "/tasks")
        self.follow(f".todo a[href='/cases/{number}']")
        self.form("choose").locator(f"input[value='{person.pk}']").check()
        self.done("choose", text="Kinh nghiệm thực tiễn.")

    def vote_by_tokens(self, number: int, chair: Account) -> None:
        """A vote in which each on the roll votes on the page of the ballot for the first name; then it is closed."""
        called, first = self.convene(number, chair, "T1"), self.named(number)[0]
        for voter in called:
            self.go(voter, "/tasks")
            self.follow("main .list a[href^='/ballots/']")
            self.follow("form[action$='/present'] button")
            self.page.locator(f"form[data-ballot] input[value='{first}']").first.check()
            self.page.locator("form[data-ballot] button").click()
            self.page.locator("[data-cast]").click()
            self.page.wait_for_selector("[data-part=receipt]:not([hidden])")
            self.look()
        self.go(chair, f"/cases/{number}")
        self.done("close")


def marks(vote: law.VoteRule, put: list[int], valid: int, level: dict[int, str] | None) -> dict[str, int]:
    """The fields of a sheet on which all valid ballots are for every name, or shared out where each chooses one."""
    if vote.choose == "levels":
        chosen = {number: (level or {}).get(number, vote.levels[0]) for number in put}
        return {f"votes:{n}:{each}": valid * (each == chosen[n]) for n in put for each in vote.levels}
    share = valid // len(put) if vote.choose == "one" else valid
    given = {f"votes:{number}": share for number in put}
    if vote.choose == "one":
        given[f"votes:{put[0]}"] = valid - share * (len(put) - 1)
    return given


@contextmanager
def sits_down() -> Iterator[Clerk]:
    """The wide office, really committed in the register that is connected, a server for it, and a browser for the clerk.

    Documents are numbered and empty: what they say, and that they are written in the steps, has tests of its own.
    """
    from django.core.cache import cache
    from django.db import connections

    patch = pytest.MonkeyPatch()
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser runs a loop of its own beside the questions
    patch.setattr(settings, "CANBO_DEMO", True, raising=False)
    patch.setattr(papers, "_issue", machine._numbered_only)
    patch.setattr(ballots, "WAIT", (0, 1))
    on_the_day_of_the_office(patch)
    cache.clear()
    with authority.sight(intake.console()):
        wide = machine.with_posts_to_fill(offices.widen(offices.build(worlds.build())))
        # Whoever puts a name must be able to look the person up, so the newcomer serves somewhere in the commune.
        wide.world.serve(wide.newcomer, wide.world.post("P/1.executive.office", "specialist"))
    try:
        with serving() as base, chromium(*PHONE) as context:
            connections.close_all()  # beside the browser's loop Django keeps connections of its own
            page, wrong = context.pages[0], []  # type: ignore[var-annotated]
            page.set_default_timeout(90_000)  # a busy machine
            page.on("console", lambda message: wrong.append(message.text) if is_fault(message) else None)
            page.on("pageerror", lambda error: wrong.append(str(error)))
            yield Clerk(base, wide, page, context, axe_script(), wrong)
            connections.close_all()
    finally:
        patch.undo()
