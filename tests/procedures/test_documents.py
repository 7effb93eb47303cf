"""Documents: lawful in form, the same bytes for the same content, data never read as markup, numbered without gaps."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import zipfile
from datetime import date
from typing import Any

import docx
import pytest
from django.conf import settings
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction

from canbo.journal.models import Entry
from canbo.procedures import documents
from canbo.procedures.letters import square, wording
from canbo.procedures.models import Case, Document, Ruling, Stored
from canbo.registry import authority, once
from canbo.registry.models import Organization, Person
from tests.procedures.letters import LANGUAGES, data_for
from tests.world import World

ON = date(2026, 9, 5)
BOOK = settings.CANBO_RULEBOOK


def content(kind: str, language: str, **more: Any) -> wording.Content:
    return wording.compose(BOOK, kind, {**data_for(kind), **more}, language)[0]


def text_of(body: bytes) -> str:
    """All that a docx says, cells included."""
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        return re.sub(r"<[^>]+>", "", file.read("word/document.xml").decode().replace("</w:p>", "\n"))


# ---- what stands on the page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", documents.kinds())
def test_every_kind_of_document_is_written_in_every_language_and_lacks_nothing(kind: str, language: str) -> None:
    made, missing = wording.compose(BOOK, kind, data_for(kind), language)
    assert missing == (("handed_in",) if wording.kind_of(BOOK, kind).entry.get("handed_in") else ())
    assert "{" not in json.dumps(made, ensure_ascii=False).replace('{"', "")
    body = documents.render(kind, data_for(kind), language)
    assert body.startswith(b"%PDF-1.7") and len(body) > 20_000


@pytest.mark.parametrize("kind", documents.kinds())
def test_every_sentence_of_a_kind_stands_in_the_three_languages(kind: str) -> None:
    def look(part: Any) -> None:
        if isinstance(part, dict):
            if part.keys() & set(LANGUAGES):
                assert set(part) == set(LANGUAGES), part
                assert len({frozenset(re.findall(r"\{[a-z_.]+\}", said)) for said in part.values()}) == 1, part
            else:
                for below in part.values():
                    look(below)
        elif isinstance(part, list):
            for below in part:
                look(below)

    look(wording.book(BOOK).kinds[kind].entry)


def test_a_decision_has_the_parts_that_the_decree_asks_for_in_their_order() -> None:
    made = content("decision-appoint", "vi")
    assert [line["text"] for line in made["masthead"]] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert (made["issuer"], made["number"]) == ("ỦY BAN NHÂN DÂN TỈNH KHÁNH HÒA", "Số: 07/QĐ-UBND")
    assert made["place_and_day"] == "Khánh Hòa, ngày 05 tháng 9 năm 2026"
    assert (made["name"], made["about"]) == ("QUYẾT ĐỊNH", "Về việc bổ nhiệm Giám đốc Sở Nội vụ")
    assert all(ground.startswith("Căn cứ ") and ground.endswith(";") for ground in made["grounds"][:-1])
    assert made["grounds"][-1] == "Theo đề nghị của Giám đốc Sở Nội vụ."
    assert [part["label"] for part in made["body"]] == ["Điều 1.", "Điều 2.", "Điều 3."]
    assert made["recipients"]["names"][-1] == "Lưu: VT."
    assert made["signatures"][0]["capacity"] == ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]


def test_days_below_ten_and_the_first_two_months_have_a_leading_nought_in_vietnamese_alone() -> None:
    words = wording.Words(wording.book(BOOK).form, {}, "vi")
    assert words.show(date(2026, 2, 3)) == "ngày 03 tháng 02 năm 2026"
    assert words.show(date(2026, 3, 13)) == "ngày 13 tháng 3 năm 2026"
    assert wording.Words(words.form, {}, "en").show(date(2026, 2, 3)) == "3 February 2026"
    assert wording.Words(words.form, {}, "fa").show(date(2026, 2, 3)) == "۳ فوریه ۲۰۲۶"


def test_the_grounds_are_the_law_of_the_day_of_the_document() -> None:
    before, after = (content("decision-appoint", "vi", on=day) for day in (date(2026, 7, 31), date(2026, 8, 1)))
    assert not any("300/2026" in ground for ground in before["grounds"])
    assert any("300/2026" in ground for ground in after["grounds"])


def test_the_last_ground_ends_with_a_full_stop_whether_or_not_somebody_proposed() -> None:
    for proposed in (None, "Sở Nội vụ"):
        ends = [ground[-1] for ground in content("decision-appoint", "vi", proposed_by=proposed)["grounds"]]
        assert ends[-1] == "." and set(ends[:-1]) == {";"}


def test_a_body_of_the_party_writes_in_the_form_of_the_party() -> None:
    issuer = {"name": "Tỉnh ủy Khánh Hòa", "symbol": "TU", "form": "party"}
    made = content("decision-appoint", "vi", issuer=issuer, symbol=wording.symbol(BOOK, "decision-appoint", issuer))
    assert (made["masthead"][0]["text"], made["number"], made["under_issuer"]) == (
        "ĐẢNG CỘNG SẢN VIỆT NAM",
        "Số 07-QĐ/TU",
        "star",
    )
    assert wording.numbered(BOOK, "decision-appoint", issuer, 7) == "07-QĐ/TU"


def test_what_is_not_known_is_left_blank_in_a_draft_and_named() -> None:
    data = {name: value for name, value in data_for("decision-appoint").items() if name not in ("from", "term", "number")}
    made, missing = wording.compose(BOOK, "decision-appoint", data, "vi")
    assert missing == ("from",)
    assert (made["draft"], made["number"]) == ("DỰ THẢO", "Số: …/QĐ-UBND")
    assert wording.BLANK in made["body"][1]["text"]


def test_a_draft_carries_no_square_that_could_pass_for_a_check() -> None:
    numbered = documents.render("decision-appoint", data_for("decision-appoint"), "vi")
    drafted = documents.render("decision-appoint", {**data_for("decision-appoint"), "number": None}, "vi")
    assert b"/Figure" in numbered or b"/Alt" in numbered
    assert b"/Alt" not in drafted


# ---- nothing that somebody wrote is read as markup

MARKUP = (
    "#read(\"/etc/passwd\")", "*bold* _it_ = head", "$ x^2 $ <label> @ref", "{{ 7 * 7 }} {person.name} %s %(x)s", "#panic()",
    "</w:t></w:r><w:r>", "a\\u{41}b `raw` // comment /* more */",
)  # fmt: skip


@pytest.mark.parametrize("name", MARKUP)
def test_markup_in_a_name_comes_out_as_text(name: str) -> None:
    data = {**data_for("decision-appoint"), "person": {**data_for("decision-appoint")["person"], "name": name}}
    made, _missing = wording.compose(BOOK, "decision-appoint", data, "en")
    assert name in made["body"][0]["text"]
    assert documents.render("decision-appoint", data, "en").startswith(b"%PDF")
    said = text_of(documents.render("decision-appoint", data, "en", "docx"))
    assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in said


def test_what_a_pdf_carries_of_a_name_is_the_name_itself() -> None:
    """Read back from the file: typst put the letters there, and made nothing of them."""
    data = {**data_for("decision-appoint"), "person": {**data_for("decision-appoint")["person"], "name": "#upper[x] *y*"}}
    inside = attached(documents.render("decision-appoint", data, "en"))
    assert "#upper[x] *y*" in json.loads(inside)["body"][0]["text"]


def attached(body: bytes) -> str:
    """The content that a PDF carries with it."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    root = PdfFileReader(io.BytesIO(body)).root
    return root["/AF"][0].get_object()["/EF"]["/F"].get_object().data.decode()


def test_marks_that_turn_the_direction_and_control_marks_are_taken_out() -> None:
    assert wording.clean("A\u202eB\u2066C\u0000D\x07E\ufeff") == "ABCDE"
    assert wording.clean("خان\u200cهوا") == "خان\u200cهوا"  # the mark that Persian needs stays
    assert wording.clean("Nguye\u0302\u0303n") == "Nguyễn"
    assert len(wording.clean("x" * 99_999)) == wording.LONGEST


def test_long_text_runs_over_many_pages() -> None:
    long = "\n".join(f"Ý kiến thứ {number} về nội dung cuộc họp, ghi đầy đủ." for number in range(200))
    drafted = documents.Drafted("minutes", "vi", {**data_for("minutes"), "conclusion": long}, ())
    assert 5 <= len(drafted.pages(ppi=20)) < 30


# ---- the same content, the same bytes


@pytest.mark.parametrize("form", ["pdf", "docx"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_input_gives_the_same_bytes_and_another_input_others(form: str, language: str) -> None:
    data = data_for("decision-appoint")
    one, two = (hashlib.sha256(documents.render("decision-appoint", dict(data), language, form)).hexdigest() for _ in range(2))
    assert one == two
    other = {**data, "number": 8}
    assert hashlib.sha256(documents.render("decision-appoint", other, language, form)).hexdigest() != one


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_is_tagged_and_says_its_language_its_title_and_the_standards_it_keeps(language: str) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    body = documents.render("decision-appoint", data_for("decision-appoint"), language)
    root = PdfFileReader(io.BytesIO(body)).root
    assert str(root["/Lang"]).startswith(language)
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    told = root["/Metadata"].data.decode()
    assert "<pdfaid:part>3</pdfaid:part>" in told and "<pdfuaid:part>1</pdfuaid:part>" in told
    assert content("decision-appoint", language)["title"] in told


def test_the_digest_that_a_document_prints_can_be_worked_out_from_the_file_alone() -> None:
    body = documents.render("refusal", data_for("refusal"), "vi")
    inside = attached(body)
    assert hashlib.sha256(inside.encode()).hexdigest() == wording.digest(content("refusal", "vi"))


def test_pdf_and_docx_say_the_same() -> None:
    made = content("minutes", "vi")
    said = text_of(documents.render("minutes", data_for("minutes"), "vi", "docx"))
    for part in made["body"]:
        for text in [part.get("text", ""), *part.get("items", []), *(cell for row in part.get("rows", []) for cell in row)]:
            assert text in said
    for each in (made["issuer"], made["number"], made["place_and_day"], made["name"], made["signatures"][1]["name"]):
        assert each in said


def test_persian_runs_from_right_to_left_and_codes_in_it_from_left_to_right() -> None:
    file = docx.Document(io.BytesIO(documents.render("decision-appoint", data_for("decision-appoint"), "fa", "docx")))
    article = next(paragraph for paragraph in file.paragraphs if "170/2025/ND-CP" in paragraph.text)
    assert article._p.pPr.find(docx.oxml.ns.qn("w:bidi")) is not None
    assert [run.font.rtl for run in article.runs if run.text == "170/2025/ND-CP"] == [None]
    assert all(run.font.rtl for run in article.runs if "/" not in run.text)
    assert "۲۰۲۶" in content("decision-appoint", "fa")["place_and_day"]


def test_the_square_holds_the_address_and_the_digest_and_draws_the_same_in_both_forms() -> None:
    modules = square.rows("https://register.example/verify/abc")
    assert len(modules) == len(modules[0]) and not any(modules[0])  # the quiet zone
    assert square.svg("abc").count("h1v1h-1z") == sum(map(sum, square.rows("abc")))
    assert square.png("abc").startswith(b"\x89PNG") and square.png("abc") == square.png("abc")


def test_a_kind_a_language_or_a_form_that_there_is_not_is_refused() -> None:
    with pytest.raises(documents.UnknownKind, match="no-such"):
        documents.render("no-such", data_for("minutes"), "vi")
    with pytest.raises(ValueError, match="sv"):
        documents.render("minutes", data_for("minutes"), "sv")
    with pytest.raises(ValueError, match="odt"):
        documents.render("minutes", data_for("minutes"), "vi", "odt")


def test_whatever_a_step_of_any_procedure_makes_is_a_kind_of_document() -> None:
    from canbo.rules import corpus, procedure

    made = {
        documents.made_by_step(name, each.effect)
        for each in procedure.opened(corpus.find(BOOK)).values()
        for version in each.versions
        for step in version.steps
        for name in step.makes
    }
    assert {"decision-appoint", "decision-dismiss", "count-sheet", "minutes", "proposal"} <= made <= set(documents.kinds())


# ---- the register of documents


@pytest.fixture
def case(world: World) -> Case:
    return a_case(world)


def a_case(world: World) -> Case:
    """A nomination of somebody in service for a post of the province, which the province itself manages."""
    post = world.post("P.executive", "province-chair")
    person = world.person("Mỹ Hằng", sex="F")
    world.serve(person, world.post("P.party", "specialist"))
    return Case.objects.create(
        procedure="appointment", state="open", person=person, post=post, organization=world.organizations["P.executive"],
        manager=world.organizations["P.executive"], on=ON, effective_on=date(2026, 9, 10), rulebook="x", opened_by=world.console,
    )  # fmt: skip


SIGNED = {"signatures": [{"capacity": ["Chủ tịch"], "name": "Trần Quốc Ưởng"}], "to": ["Sở Nội vụ"]}
REFUSAL = {**SIGNED, "reasons": [{"text": "Chưa đủ 12 tháng", "citation": "Nghị định 300/2026/NĐ-CP, Điều 29"}]}


def sign(case: Case, *, effect: str = "appoint", persons: list[int] | None = None) -> Ruling:
    """A signed ruling, as the step of signing leaves it."""
    text = json.dumps({"decides": effect, "persons": [{"id": pk} for pk in persons or [case.person_id]]})
    ruling = Ruling.objects.create(
        case=case, text=text, digest=hashlib.sha256(text.encode()).hexdigest(), effective_on=date(2026, 9, 10),
    )  # fmt: skip
    ruling.state, ruling.signed_by, ruling.signature = "signed", case.opened_by, {"kind": "test"}
    ruling.entry = Entry.objects.order_by("-id").first()
    ruling.save()
    return ruling


def issue(case: Case, world: World, kind: str = "refusal", **more: Any) -> Document:
    given = {"language": "vi", "by": world.console, "on": ON, "more": REFUSAL, **more}
    return documents.issue(case=case, kind=kind, **given)


def test_a_draft_takes_from_the_register_what_it_knows(case: Case) -> None:
    drafted = documents.draft(case, "refusal", language="vi", on=ON, more=REFUSAL)
    assert not drafted.missing and documents.draft(case, "refusal", language="vi", on=ON).missing == ("reasons", "signatures")
    assert drafted.data["person"]["name"] == "Nguyễn Mỹ Hằng"
    assert drafted.data["person"]["title"]["vi"] == "bà"
    assert drafted.data["issuer"]["symbol"] == "UBND" and drafted.data["symbol"] == "TB-UBND"
    assert drafted.data["place"] == "Area P"
    assert drafted.data["person"]["post"]["en"].endswith(", Unit P.party")
    assert drafted.written().startswith(b"%PDF") and drafted.pages()[0].startswith(b"\x89PNG")


def test_a_document_that_lacks_a_datum_is_not_issued(case: Case, world: World) -> None:
    with pytest.raises(documents.DocumentIncomplete) as refused:
        issue(case, world, more=SIGNED)
    assert refused.value.missing == ("reasons",)
    with pytest.raises(documents.DocumentIncomplete):
        issue(case, world, "self-assessment", more={**SIGNED, "text": "x"})
    assert not Document.objects.exists()


def test_an_issued_document_is_kept_with_its_bytes_its_number_and_its_entry(case: Case, world: World) -> None:
    document = issue(case, world, key="a")
    assert (document.symbol, document.series, document.number, document.year) == ("01/TB-UBND", "TB", 1, 2026)
    body = documents.opened(document, by=world.console, on=ON)
    assert hashlib.sha256(body).hexdigest() == document.sha256
    assert hashlib.sha256(attached(body).encode()).hexdigest() == document.content
    entry = Entry.objects.get(pk=document.entry_id)
    assert (entry.act, entry.key, entry.about_kind, entry.about_id) == ("document.issued", "a", "procedures.case", str(case.pk))
    assert issue(case, world, key="a") == document and Document.objects.count() == 1


def test_a_key_of_another_act_is_refused(case: Case, world: World) -> None:
    from canbo.journal import entries

    entries.record("post.founded", by=world.console, key="used")
    with pytest.raises(once.KeyUsed):
        issue(case, world, key="used")


def test_each_body_series_and_year_has_a_row_of_numbers_of_its_own(case: Case, world: World) -> None:
    proposal = {**SIGNED, "symbol": None}
    assert [issue(case, world).symbol for _ in range(2)] == ["01/TB-UBND", "02/TB-UBND"]
    assert issue(case, world, "proposal", more={**proposal, "symbol": "TTr-UBND"}).symbol == "01/TTr-UBND"
    assert issue(case, world, on=date(2027, 1, 4)).symbol == "01/TB-UBND"
    elsewhere = Case.objects.get(pk=case.pk)
    elsewhere.manager = world.organizations["P.party"]
    elsewhere.save()
    assert issue(elsewhere, world).symbol == "01-TB/TU"


def test_a_number_of_a_document_that_failed_is_given_again(case: Case, world: World) -> None:
    issue(case, world)
    with pytest.raises(RuntimeError), transaction.atomic():
        assert issue(case, world).number == 2
        raise RuntimeError
    assert issue(case, world).number == 2


@pytest.mark.parametrize("number", [1, 3])
def test_the_database_refuses_a_gap_and_a_double_whoever_writes(case: Case, world: World, number: int) -> None:
    document = issue(case, world)
    document.pk, document.number, document.entry_id = None, number, document.entry_id
    with pytest.raises(IntegrityError, match="document_numbers_follow|one after another"), transaction.atomic():
        document.save(force_insert=True)


def test_many_who_issue_at_once_get_numbers_without_gap_or_double(committed: World) -> None:
    with authority.sight(committed.console):
        cases = [a_case(committed)]
        for _ in range(3):
            cases.append(
                Case.objects.create(**{f.name: getattr(cases[0], f.name) for f in Case._meta.fields if f.name not in ("id",)})
            )
    problems: list[BaseException] = []

    def work(mine: Case) -> None:
        try:
            for _ in range(5):
                with authority.sight(committed.console):
                    issue(mine, committed)
        except BaseException as problem:  # noqa: BLE001  # told below, in the thread that judges
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(each,)) for each in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    with authority.sight(committed.console):
        assert sorted(Document.objects.values_list("number", flat=True)) == list(range(1, 21))


def test_what_was_issued_is_neither_changed_nor_removed_by_anybody(case: Case, world: World) -> None:
    document = issue(case, world)
    for statement in (
        "UPDATE procedures_document SET title = 'x'", "DELETE FROM procedures_document", "DELETE FROM procedures_stored",
        "TRUNCATE procedures_paper", "UPDATE procedures_stored SET body = ''",
    ):  # fmt: skip
        with (
            pytest.raises((IntegrityError, InternalError, ProgrammingError)),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert Document.objects.get() == document


def test_bytes_lie_only_under_their_own_digest(world: World) -> None:
    with pytest.raises(IntegrityError, match="stored_under_its_digest"), transaction.atomic():
        Stored.objects.create(sha256="0" * 64, media="application/pdf", size=1, body=b"x")


# ---- decisions say what was signed


def test_a_decision_is_not_issued_before_it_is_signed_by_page_or_by_statement(case: Case, world: World) -> None:
    with pytest.raises(documents.NotDecided):
        issue(case, world, "decision-appoint", more=SIGNED)
    document = issue(case, world)
    document.pk, document.kind, document.number = None, "decision-appoint", 2
    with pytest.raises(IntegrityError, match="only once it has been signed"), transaction.atomic():
        document.save(force_insert=True)


def test_a_decision_takes_its_day_and_its_person_from_what_was_signed(case: Case, world: World) -> None:
    ruling = sign(case)
    document = issue(case, world, "decision-appoint", more={**SIGNED, "from": date(2030, 1, 1), "term": 60})
    said = json.loads(attached(documents.opened(document, by=world.console, on=ON)))
    assert said["decision"] == ruling.digest
    assert "ngày 10 tháng 9 năm 2026" in said["body"][1]["text"]
    assert document.person_id == case.person_id


def test_a_decision_on_something_else_or_on_somebody_else_than_was_signed_is_not_issued(case: Case, world: World) -> None:
    sign(case)
    with pytest.raises(documents.NotDecided):
        issue(case, world, "decision-dismiss", more={**SIGNED, "reason": "x"})
    with pytest.raises(documents.NotDecided):
        issue(case, world, "decision-appoint", more={**SIGNED, "term": 60}, person=world.person("Khác"))


# ---- who may, and who sees


def test_who_has_no_grant_over_the_issuing_body_issues_nothing(case: Case, world: World) -> None:
    for account in (world.account("far", "officer", "Q"), world.account("counts", "statistician", "P")):
        with pytest.raises(authority.NotAllowed):
            issue(case, world, by=account)
    assert issue(case, world, by=world.account("near", "officer", "P"))


def test_nobody_issues_a_document_about_himself(case: Case, world: World) -> None:
    own = world.account("own", "officer", "P", person=case.person)
    with pytest.raises(authority.NotAllowed):
        issue(case, world, by=own)


def seen_by(organizations: list[Organization], person: Person | None = None) -> set[str]:
    """The kinds of document that a transaction with this sight sees, and whether their bytes are seen with them."""
    everything = authority.Reach(False, frozenset(), person and person.pk, False, frozenset(each.pk for each in organizations))
    authority.open_sight(everything)
    found = set(Document.objects.values_list("kind", flat=True))
    assert Stored.objects.count() == Document.objects.count()
    return found


def test_the_subject_sees_what_is_meant_for_him_and_strangers_see_nothing(case: Case, world: World) -> None:
    meeting = {"meeting": {"title": "họp", "subject": "x", "time": "8:00", "day": ON, "place": "x", "chair": "x"}}
    issue(case, world)
    issue(case, world, "invitation", more={**SIGNED, **meeting})
    assert seen_by([world.organizations["P.executive"]]) == {"refusal", "invitation"}
    assert seen_by([], case.person) == {"refusal"}
    assert seen_by([world.organizations["Q"]]) == set()


def test_minutes_are_drawn_from_the_count_and_signed_by_a_counter_and_the_chair(case: Case, world: World) -> None:
    from canbo.procedures.models import Actor, Count, Step

    chair, counter = (world.person(name) for name in ("Chủ Trì", "Kiểm Phiếu"))
    account = world.account("chair", "leader", "P", person=chair)
    step = Step.objects.create(case=case, turn=1, name="key-officials", closed_on=ON)
    Actor.objects.create(
        case=case, step=step, account=account, person=chair, organization=world.organizations["P.executive"], capacity="chair"
    )
    Count.objects.create(
        case=case, step=step, tier="T0", members=9, convened=9, present=8, issued=8, collected=8, valid=7, blank=0, invalid=1,
        votes={str(case.person_id): 6}, committee=[{"person": chair.pk}, {"person": counter.pk}],
    )  # fmt: skip
    document = issue(case, world, "minutes", by=account, step=step, more={})
    said = json.loads(attached(documents.opened(document, by=world.console, on=ON)))
    table = next(part for part in said["body"] if part["kind"] == "table")
    assert table["rows"] == [["1", "Nguyễn Mỹ Hằng", "6", "66,7"]]
    assert [each["name"] for each in said["signatures"]] == ["Nguyễn Kiểm Phiếu", "Nguyễn Chủ Trì"]
    assert document.issuer_id == world.organizations["P.executive"].pk
