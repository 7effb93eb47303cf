"""The application and the keeper on one connection, so that whole stories are rolled back; and the machine that drives cases.

In the program the keeper has a connection of its own, as the owner of the tables. Here one connection logs in as the
owner and takes the role of the application for all that the application does: row-level security, constraints and
triggers hold as they do there, and a savepoint undoes the acts of both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.procedures import bodies, cases, documents, dossier, effects, papers, steps, voting
from canbo.procedures.letters import wording
from canbo.procedures.models import Case, Document, Ruling, Step
from canbo.procedures.refusals import Refused
from canbo.procedures.verified import problems_of
from canbo.project.database.provider import urls
from canbo.registry import authority, intake
from canbo.registry.authority import NotAllowed
from canbo.registry.days import since
from canbo.registry.models import Account, Kinship, Membership, Person, Sanction, Succession
from canbo.rules import procedure as law
from canbo.rules.procedure import SEPARATE
from tests import world as worlds
from tests.procedures import office as offices
from tests.procedures.office import Wide


@contextmanager
def one_connection(database: str | None = None) -> Iterator[None]:
    """`default` logs in as the owner and acts as the application, within one transaction that is rolled back."""
    roles = urls()
    if not roles["superuser"]:
        pytest.skip("only the superuser of the embedded server can let the owner act as the application")
    superuser = psycopg.conninfo.conninfo_to_dict(str(roles["superuser"])) | {"dbname": "postgres"}
    with psycopg.connect(**superuser, autocommit=True) as server:  # type: ignore[arg-type]
        server.execute("GRANT canbo_app TO canbo_owner")
    default, owner = connections["default"], connections["owner"]
    before = {name: default.settings_dict[name] for name in ("USER", "PASSWORD", "NAME")}
    default.close()
    default.settings_dict.update({name: owner.settings_dict[name] for name in ("USER", "PASSWORD")})
    default.settings_dict["NAME"] = database or before["NAME"]
    try:
        with transaction.atomic():
            say("SET ROLE canbo_app")
            yield
            transaction.set_rollback(True)
    finally:
        default.close()
        default.settings_dict.update(before)


def say(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def as_keeper() -> Iterator[None]:
    """What is done here is done as the owner of the tables, as the keeper does it."""
    say("RESET ROLE")
    try:
        yield
        say("SET CONSTRAINTS ALL DEFERRED")
    finally:
        if not connection.needs_rollback:
            say("SET ROLE canbo_app")


def take(case: int, *, on: date) -> Ruling:
    with as_keeper():
        return effects.take(case=case, on=on)


def lapse(*, on: date) -> list[Ruling]:
    with as_keeper():
        return effects.lapse(on=on)


def all_witnessed(patch: pytest.MonkeyPatch) -> None:
    """The keeper acts on the one connection, and every entry is witnessed at once (witnesses have tests of their own)."""
    patch.setattr(effects.witnessing, "witnessed", lambda entry, using="default": object())
    patch.setattr(effects, "KEEPER", "default")


def undone() -> Any:
    """A stretch of acts that leaves nothing behind."""
    return _Undone()


class _Undone:
    def __enter__(self) -> None:
        self.point = transaction.savepoint()

    def __exit__(self, *_problem: object) -> None:
        connection.needs_rollback = False
        transaction.savepoint_rollback(self.point)
        say("SET ROLE canbo_app")


# --- the machine ------------------------------------------------------------------------------------------------------

# What is played: short procedures more often than the long one.
PLAYED = ("acting-head", "vacancy", "dismissal", "resignation", "dismissal", "extension", "appointment-on-site")
DOES = {"act": {"case.acted"}, "name": {"case.named"}, "sign": {"case.signed"}, "publish": {"case.published"},
        "vote": {"case.counted", "case.chosen", "case.vote_abandoned"}}  # fmt: skip
ENDED = (Case.State.EFFECTIVE, Case.State.STOPPED, Case.State.WITHDRAWN, Case.State.REFUSED)
ALL_BUT_THE_VERDICT = [field.name for field in Case._meta.concrete_fields if field.name != "verdict"]
SNAPSHOT = """
SELECT json_build_object(
  'case', (SELECT row_to_json(c) FROM (SELECT id, state, turn, version, terms, person_id, post_id, ended_at FROM procedures_case WHERE id = %(case)s) c),
  'steps', (SELECT coalesce(json_agg(s ORDER BY s.turn), '[]') FROM procedures_step s WHERE s.case_id = %(case)s),
  'actors', (SELECT coalesce(json_agg(a ORDER BY a.id), '[]') FROM procedures_actor a WHERE a.case_id = %(case)s),
  'names', (SELECT coalesce(json_agg(n ORDER BY n.id), '[]') FROM
            (SELECT id, person_id, state, result, verdict ->> 'outcome' AS outcome FROM procedures_candidate WHERE case_id = %(case)s) n),
  'electors', (SELECT coalesce(json_agg(e ORDER BY e.id), '[]') FROM procedures_elector e WHERE e.case_id = %(case)s),
  'counts', (SELECT coalesce(json_agg(k ORDER BY k.id), '[]') FROM procedures_count k WHERE k.case_id = %(case)s),
  'ruling', (SELECT row_to_json(r) FROM procedures_ruling r WHERE r.case_id = %(case)s),
  'papers', (SELECT count(*) FROM procedures_document d WHERE d.case_id = %(case)s),
  'members', (SELECT coalesce(json_agg(m ORDER BY m.id), '[]') FROM
              (SELECT id, person_id, post_id, seat, kind, valid, ending FROM registry_membership WHERE post_id = ANY (%(posts)s)) m),
  'entries', (SELECT coalesce(json_agg(j ORDER BY j.id), '[]') FROM
              (SELECT id, act, key FROM journal_entry WHERE about_kind = 'procedures.case' AND about_id = %(case)s::text) j))
"""


PREPARED = "PREPARE play_snapshot (bigint, bigint[]) AS" + SNAPSHOT.replace("%(case)s", "$1").replace("%(posts)s", "$2")


class Crash(BaseException):
    """The program ends here, at the n-th statement: nothing catches it."""


class Play:
    """One case, driven by a source of chance; everything it does follows from it, so that a number replays it."""

    def __init__(self, office: Wide, chance: Random) -> None:
        self.office, self.chance = office, chance
        self.on = date(2026, 7, 1) + timedelta(days=chance.randrange(0, 50))
        self.procedure = chance.choice(PLAYED)
        self.keys = 0
        self.log: list[str] = []
        self.last: tuple[Callable[..., Any], dict[str, Any]] | None = None
        self.closed: dict[int, Any] = {}
        self.subject = office.holder if self.procedure in ("dismissal", "resignation", "extension") else office.acting
        self.accounts = [
            *office.leaders, *office.below.values(), *office.above.values(), office.of(self.subject), office.of(office.candidate),
            office.world.console,
        ]  # fmt: skip
        self.posts = [office.post.pk, office.free.pk, office.vacant_head.pk]
        self.case = self.opened()
        self.now: dict[str, Any] | None = None  # what was seen last, as long as nothing happened since
        self.sealed = (Entry.objects.get(pk=self.case.entry_id).payload or {})["terms"]
        self.before = {row["id"]: row for row in self.seen()["members"]}
        self.check()

    def opened(self) -> Case:
        asked: dict[str, Any] = {"procedure": self.procedure, "by": self.office.drafter, "on": self.on, "key": self.key()}
        facts = {
            "finding.degraded": True, "resignation.reason": "own_wish", "resignation.on_critical_duty": False,
            "resignation.under_inspection": False, "resignation.under_audit": False, "resignation.prosecuted": False,
            "resignation.on_disaster_duty": False,
        }  # fmt: skip
        if self.subject is self.office.holder:
            may = law.opened(bodies.rulebook())[self.procedure].asked
            stated = {name: value for name, value in facts.items() if name in may}
            asked |= {"person": self.subject, "post": self.office.post, "terms": {"facts": stated}}
        elif self.procedure == "acting-head":
            asked |= {"person": self.subject, "post": self.office.vacant_head, "by": self.office.above["drafter"]}
        else:
            asked |= {"post": self.office.free}
        if self.chance.random() < 0.3:
            asked["effective_on"] = self.on + timedelta(days=self.chance.randrange(0, 90))
        case = cases.open_case(**asked)
        assert cases.open_case(**asked).pk == case.pk, "the same key opens one case"
        return case

    def key(self) -> str:
        self.keys += 1
        return f"play-{self.keys}"

    # --- what may happen

    def right(self) -> None:
        """Whoever is entitled takes the step that is due; how it ends is chance."""
        self.attempt(*self.due())

    def due(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        """The service that takes the case on, with what it is asked."""
        self.case.refresh_from_db(fields=ALL_BUT_THE_VERDICT)
        step = cases.current(self.case)
        if step is None or self.case.state not in cases.RUNNING:
            return steps.act, {"by": self.chance.choice(self.accounts)}
        if self.case.state == Case.State.INCOMPLETE:
            return cases.judge_again, {"by": self.office.above["drafter"]}
        rule = cases.rules_of(self.case)[1].step(step.name)
        by, turn = self.office.who(self.case, rule, on=self.on), {"turn": self.case.turn}
        if rule.does == "vote":
            return self.vote(step, rule, by)
        if rule.does == "name":
            put = [self.office.candidate, *self.chance.choice(([], [self.office.rotating], [self.office.newcomer]))]
            return steps.put_names, {"by": by, "persons": put, **turn}
        if rule.does == "sign":
            return self.office.sign, {"by": by} if self.chance.random() < 0.95 else {"by": self.chance.choice(self.accounts)}
        if rule.does == "publish":
            return steps.publish, {"by": by, **turn}
        refuse = self.chance.random() < 0.05
        return steps.act, {"by": by, "outcome": "refuse" if refuse else "done", "text": "Vì.", **turn}

    def vote(self, step: Step, rule: Any, chair: Account) -> tuple[Callable[..., Any], dict[str, Any]]:
        """The next deed in a vote: it is convened, its sheet is entered, three confirm it, a head chooses between the tied."""
        if step.state == Step.State.OPEN:
            voters = bodies.roll(self.case, rule.vote.electorate, on=self.on)
            away = self.chance.sample(voters, min(len(voters), self.chance.choice((0, 0, 1, 2))))
            return voting.convene, {"by": chair, "excused": {voter.person: "Ốm." for voter in away}}
        if step.state == Step.State.TIED:
            person = Person.objects.get(pk=int(self.chance.choice(step.said["tied"])))
            return voting.choose, {"by": self.office.leaders[0], "person": person, "reason": "Vì."}
        if "sheet" not in step.said or self.chance.random() < 0.03:
            return voting.enter_sheet, {"by": chair, "photo": offices.PHOTO, **self.sheet(step, rule)}
        called = list(step.electors.filter(state="convened").select_related("person").order_by("person_id"))
        return voting.confirm_sheet, {"by": self.office.of(self.chance.choice(called).person)}

    def sheet(self, step: Step, rule: Any) -> dict[str, Any]:
        """Figures that can be, most of them for the first name; now and then some that cannot."""
        called = step.electors.filter(state="convened").count()
        present = called - (self.chance.randrange(0, called) if self.chance.random() < 0.2 else 0)
        blank = self.chance.randrange(0, present + 1) if self.chance.random() < 0.2 else 0
        valid = present - blank
        left, votes = valid, {}
        for name in cases.names(self.case):
            given = self.chance.choice((left, left, valid // 2, self.chance.randrange(0, left + 1)))
            votes[str(name.person_id)] = min(given, left)
            left -= votes[str(name.person_id)] if rule.vote.choose == "one" else 0
        wrong = self.chance.random() < 0.05
        figures = {
            "present": present,
            "issued": present,
            "collected": present + wrong,
            "blank": blank,
            "invalid": 0,
            "valid": valid,
        }
        return {"figures": figures, "votes": votes}

    def wrong_person(self) -> None:
        service, asked = self.due()
        self.attempt(service, {**asked, "by": self.chance.choice(self.accounts)})

    def stale(self) -> None:
        service, asked = self.due()
        self.attempt(service, {**asked, "turn": self.case.turn - 1} if service != self.office.sign else asked)

    def out_of_order(self) -> None:
        by = self.chance.choice(self.accounts)
        service, more = self.chance.choice((
            (steps.act, {}), (steps.publish, {}), (voting.convene, {}), (steps.put_names, {"persons": [self.office.newcomer]}),
            (steps.sign, {"signature": None, "reason": "Vì."}), (voting.confirm_sheet, {}), (voting.close_vote, {}),
        ))  # fmt: skip
        self.attempt(service, {"by": by, **more})

    def again(self) -> None:
        """The last deed once more with its key: nothing happens."""
        if self.last is None:
            return
        service, asked = self.last
        before = self.seen()
        try:
            service(case=self.case, **asked)
        except Refused as refusal:  # whoever did it may not any more, or the case is not in sight
            assert refusal.why in ("ended", "key_used", "not_allowed", "died", "law_changed"), refusal
            self.unchanged(before, tried=1)
            return
        self.unchanged(before)

    def crash(self) -> None:
        """The program ends at the n-th statement of a deed: it is as before; then the deed is done after all."""
        service, asked = self.due()
        asked = {**asked, **({"key": self.key()} if service != self.office.sign else {})}
        before, left = self.seen(), self.chance.randrange(1, 60)

        def at(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0 and not sql.startswith("ROLLBACK"):  # once: what the database then does by itself, it does
                raise Crash
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(at), transaction.atomic():
                self.call(service, asked)
                raise Crash  # at the commit
        except Crash:
            pass
        self.log.append(f"crash in {service.__name__}")
        self.unchanged(before)

    def days_pass(self) -> None:
        self.on += timedelta(days=self.chance.choice((1, 3, 10, 31)))

    def day_before(self) -> None:
        service, asked = self.due()
        self.attempt(service, {**asked, "on": self.on - timedelta(days=60)})

    def kin(self) -> None:
        """A tie comes up between somebody who acts and whomever the case is about."""
        who = self.chance.choice([each for each in self.accounts if each.person_id not in (None, self.subject.pk)])
        of = self.chance.choice((self.subject, self.office.candidate))
        if who.person_id != of.pk:
            Kinship.objects.get_or_create(
                person=who.person, relative=of, relation="sibling", valid=since(date(2000, 1, 1)), defaults=self.office.world.mark
            )  # fmt: skip
        self.now = None
        self.log.append(f"kin {who}")

    def sanction(self) -> None:
        """A sanction is entered for whomever the case is about."""
        person = self.chance.choice((self.subject, self.office.candidate))
        Sanction.objects.create(person=person, measure=Sanction.Measure.WARNING, valid=since(self.on), **self.office.world.mark)
        self.now = None
        self.log.append("sanction")

    def death(self) -> None:
        """Whomever the case is about dies."""
        with as_keeper():
            for held in Membership.objects.filter(person=self.subject, valid__contains=self.on):
                if held.valid.lower < self.on:
                    held.valid, held.ending = DateRange(held.valid.lower, self.on, "[)"), Membership.Ending.DEATH
                    held.save(update_fields=["valid", "ending"])
        self.now = None
        self.before = {row["id"]: row for row in self.seen()["members"]}
        self.log.append("death")

    def withdraw(self) -> None:
        self.attempt(cases.withdraw, {"by": self.chance.choice(self.accounts), "reason": self.chance.choice(("", "Vì."))})

    def abandon(self) -> None:
        step = cases.current(self.case)
        if step is not None and step.state == Step.State.CONVENED:
            self.attempt(voting.abandon_vote, {"by": self.office.leaders[0], "reason": "Mất điện."})

    def keeper(self) -> None:
        """The keeper looks: a decision takes effect only where the whole case holds."""
        if not Ruling.objects.filter(case=self.case).exists():
            return
        with as_keeper():
            wrong = problems_of(self.case.pk, on=self.on)
        ruling = take(self.case.pk, on=self.on)
        self.now = None
        self.log.append(f"keeper {ruling.state} {ruling.reason}")
        if ruling.state == Ruling.State.EFFECTIVE:
            assert wrong == [] or self.took, wrong
            self.took = True

    took = False

    # --- how it is done

    def attempt(self, service: Callable[..., Any], asked: dict[str, Any]) -> None:
        """Do it; where it is refused nothing changed but that the attempt stands in the journal."""
        if service != self.office.sign:
            asked = {"key": self.key(), **asked}
        asked = {"on": self.on, **asked}
        before = self.seen()
        try:
            service(case=self.case, **asked)
        except Refused as refusal:
            self.log.append(f"{service.__name__} refused {refusal.why}")
            assert str(refusal)
            self.unchanged(before, tried=1, drawn=service == self.office.sign)
        except NotAllowed as refusal:  # outside a case's own services
            self.log.append(f"{service.__name__} {refusal}")
        else:
            self.now = None
            self.log.append(f"{service.__name__} {asked.get('outcome', '')}")
            self.last = (service, asked) if service != self.office.sign else None

    def call(self, service: Callable[..., Any], asked: dict[str, Any]) -> None:
        with suppress(Refused, NotAllowed):
            service(case=self.case, **{"on": self.on, **asked})

    # --- what must hold

    def seen(self) -> dict[str, Any]:
        """Everything of the case, and who holds the posts, in one look; planned once, as planning takes most of its time."""
        if self.now is None:
            self.now = self.looked()
        return self.now

    def looked(self) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute("EXECUTE play_snapshot (%s, %s)", [self.case.pk, self.posts])
            found = cursor.fetchone()[0]
            return json.loads(found) if isinstance(found, str) else found

    def unchanged(self, before: dict[str, Any], *, tried: int = 0, drawn: bool = False) -> None:
        self.now = self.looked()
        fresh = self.now["entries"][len(before["entries"]) :]
        assert [entry["act"] for entry in fresh] in ([], ["case.attempted"] * tried), (fresh, self.log)
        aside = {"entries", "ruling"} if drawn else {"entries"}
        old, after = ({name: value for name, value in each.items() if name not in aside} for each in (before, self.now))
        assert after == old, self.log

    def check(self) -> None:
        """Every invariant of a case, after whatever happened."""
        now = self.seen()
        case, done = now["case"], [step for step in now["steps"] if step["closed_at"]]
        assert len(now["steps"]) - len(done) <= 1, self.log
        assert [step["turn"] for step in now["steps"]] == list(range(1, case["turn"] + 1)), self.log
        for step in done:
            assert self.closed.setdefault(step["id"], step) == step, ("a closed step changed", self.log)
        self._entries(now, done)
        self._names(now)
        self._counts(now)
        self._effect(now)

    def _entries(self, now: dict[str, Any], done: list[Any]) -> None:
        acts = {entry["id"]: entry["act"] for entry in now["entries"]}
        version = cases.rules_of(self.case)[1] if now["case"]["version"] == self.case.version else None
        for step in done:
            if step["state"] == "done" and version is not None:
                assert acts[step["entry_id"]] in DOES[version.step(step["name"]).does], self.log
        stepped = [step["entry_id"] for step in done if step["state"] == "done"]
        assert len(set(stepped)) == len(stepped), self.log
        mine = {"case.acted", "case.named", "case.signed", "case.published", "case.convened", "case.stated"}
        mine |= {"case.opened"} if now["case"]["terms"].get("facts") else set()  # whoever states facts drafts
        assert sorted(a["entry_id"] for a in now["actors"]) == sorted(n for n, act in acts.items() if act in mine), self.log
        assert self.sealed == now["case"]["terms"], self.log

    def _names(self, now: dict[str, Any]) -> None:
        topic = cases.rules_of(self.case)[0].topic
        for name in now["names"]:
            assert name["state"] != "through" or topic is None or name["outcome"] == "pass", self.log
        held: dict[int, str] = {}
        named = {name["person_id"] for name in now["names"] if name["state"] != "refused"}
        for actor in now["actors"]:
            if actor["capacity"] in SEPARATE:
                assert actor["person_id"] is not None
                assert held.setdefault(actor["person_id"], actor["capacity"]) == actor["capacity"], self.log
                assert actor["person_id"] not in named, self.log

    def _counts(self, now: dict[str, Any]) -> None:
        for count in now["counts"]:
            assert count["members"] >= count["convened"] >= count["present"] >= count["issued"] >= count["collected"], self.log
            assert count["collected"] == count["valid"] + count["blank"] + count["invalid"], self.log
            assert all(votes <= count["valid"] for votes in count["votes"].values()), self.log
            roll = [elector for elector in now["electors"] if elector["step_id"] == count["step_id"]]
            assert sum(elector["state"] == "convened" for elector in roll) == count["convened"], self.log
            assert len({elector["person_id"] for elector in roll}) == len(roll), self.log

    def _effect(self, now: dict[str, Any]) -> None:
        """Nobody came into a post of the play or left it without an effective ruling."""
        state = (now["ruling"] or {}).get("state")
        if state not in ("effective", "lapsed"):
            assert {row["id"]: row for row in now["members"]} == self.before, (state, self.log)
        assert (now["case"]["state"] == "effective") == (state in ("effective", "lapsed")), self.log


WEIGHTS: dict[str, int] = {
    "right": 700, "wrong_person": 50, "stale": 25, "out_of_order": 40, "again": 50, "crash": 60, "days_pass": 30, "day_before": 15,
    "kin": 5, "sanction": 5, "death": 4, "withdraw": 20, "abandon": 8, "keeper": 30,
}  # fmt: skip


def played(office: Wide, seed: int, *, most: int = 40) -> Play:
    """The play of this number, from the opening until its case has ended or `most` things have happened."""
    with undone():
        play, ended = Play(office, Random(seed)), False
        for _number in range(most):
            getattr(play, play.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0])()
            play.check()
            if ended:  # once something was tried in it after its end
                break
            ended = play.seen()["case"]["state"] in ENDED
        play.case.refresh_from_db(fields=ALL_BUT_THE_VERDICT)
        return play


@contextmanager
def stage(*, papers_too: bool = False) -> Iterator[Wide]:
    """The wide office with posts to fill, on the one connection, with practice keys and every entry witnessed at once.

    `papers_too`: also write out the papers of each step, which takes most of the time; else they are numbered and empty.
    """
    patch = pytest.MonkeyPatch()
    all_witnessed(patch)
    patch.setattr(settings, "CANBO_DEMO", True)
    if not papers_too:
        patch.setattr(papers, "_issue", _numbered_only)
    try:
        with one_connection():
            authority.open_sight(authority.reach_of(intake.console()))
            wide = with_posts_to_fill(offices.widen(offices.build(worlds.build())))
            # After a rollback the driver forgets all that it had prepared, and has the server forget it; thousands of plays roll back.
            patch.setattr(connection.connection, "prepare_threshold", None)
            say(PREPARED)
            yield wide
    finally:
        patch.undo()


def _numbered_only(case: Case, step: Step, kind: str, *, by: Account, on: date, person: Person | None = None) -> Document:
    """A document with its number, its bytes and its entry, that says nothing: what documents say has tests of its own."""
    this = wording.kind_of(settings.CANBO_RULEBOOK, kind)
    if this.entry.get("handed_in"):
        raise Refused("document", "A paper of the person, which is handed in.")
    issuer = case.manager_id or case.organization_id or 0
    number = documents._next_number(issuer, this.series, on.year)
    body = dossier.keep(b"%PDF-1.7 " + f"{case.pk}/{number}".encode(), documents.PDF)
    entry = entries.record(documents.ISSUED, by=by, about=case, on=on, payload={"kind": kind, "step": step.pk})
    return Document.objects.create(
        case=case, step=step, person=person, kind=kind, language="vi", issuer_id=issuer, series=this.series, year=on.year,
        number=number, symbol=f"{number:02d}/{this.series}", issued_on=on, title=kind, to_person=False, content="0" * 64,
        body_id=body, made_by=by, entry=entry,
    )  # fmt: skip


def with_posts_to_fill(wide: Wide) -> Wide:
    """A post like the first with free seats, for which several people are planned."""
    world = wide.world
    wide.free = world.post("P/1.executive", "commune-vice-chair", seats=2)
    world.manage(wide.free, "P.executive")
    for person in (wide.candidate, wide.rotating, wide.rotated, wide.holder):
        Succession.objects.create(person=person, post=wide.free, valid=since(date(2025, 10, 1)), **world.mark)
    Succession.objects.create(person=wide.acting, post=wide.vacant_head, valid=since(date(2025, 10, 1)), **world.mark)
    return wide
