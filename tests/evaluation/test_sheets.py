"""The catalogue as a workbook: out, filled in, in again; what cannot be read is said with its row; and its page."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from canbo.evaluation import catalogue, sheets
from canbo.evaluation.catalogue import Line
from canbo.evaluation.models import Catalogue, Product
from canbo.evaluation.refusals import Refused
from canbo.project.commands.work import work_group
from canbo.registry import authority
from tests.evaluation import office as offices
from tests.evaluation.office import FIRST, LINES, PLACE, Office
from tests.evaluation.test_commands import ran

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def in_sheet(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def why(body: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as refusal:
        sheets.read(body)
    return refusal.value.why, str(refusal.value)


@pytest.mark.parametrize("language", ["en", "vi", "fa"])
def test_what_goes_out_comes_in_again_the_same_in_every_language(office: Office, language: str) -> None:
    with translation.override(language):
        body = sheets.written(office.products.values(), catalogue.frames(FIRST), title="Catalogue")
    assert sorted(sheets.read(body), key=str) == sorted(LINES, key=str)


def test_the_columns_of_other_offices_are_understood_wherever_they_stand() -> None:
    body = in_sheet(
        [["UBND xã"], [], ["STT", "Tên nhiệm vụ", "Nhóm", "Điểm", "Mã", "Sản phẩm chuẩn"], [1, "Công văn", 1, 10.0, 7, "x"], []]
    )
    assert sheets.read(body) == [Line("7", "Công văn", "n1", 10, "", standard=True)]


@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).map(
        lambda text: "=" + text
    )
)
def test_no_cell_is_a_formula(text: str) -> None:
    product = Product(code="a", name=text, output=text, group="n1", points=1, coefficient=1)
    book = load_workbook(io.BytesIO(sheets.written([product], {}, title=text)))
    cells = [cell for row in book.active.iter_rows() for cell in row]  # type: ignore[union-attr]
    assert [cell.data_type for cell in cells if cell.value == text] == ["s"] * 3


def test_what_cannot_be_read_is_said_with_its_row() -> None:
    heads = ["code", "name", "group", "points"]
    assert why(b"no workbook")[0] == "no_workbook"
    assert why(in_sheet([["a", "b"]]))[0] == "no_heads"
    assert why(in_sheet([heads]))[0] == "empty"
    assert why(in_sheet([heads, ["a", "Letter", "n1", 10], ["b", "Report", "n2", "many"]])) == (
        "row", "Row 3: points are a whole number, not many.",
    )  # fmt: skip
    assert why(b"x" * (sheets.LARGEST + 1))[0] == "too_large"
    many = in_sheet([heads, *([f"c{n}", f"Task {n}", "n1", 1] for n in range(catalogue.MOST + 20))])
    assert why(many)[0] == "too_many"


def test_a_workbook_that_unpacks_to_very_much_is_refused_before_it_is_unpacked() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (sheets.UNPACKED + 1))
    assert why(held.getvalue())[0] == "too_large"


def test_products_with_nearly_the_same_words_are_asked_about_and_others_are_not() -> None:
    names = [
        "Báo cáo tháng về công tác cán bộ",
        "Báo cáo tháng về công tác cán bộ xã",
        "Trả lời kiến nghị của công dân",
        "Công văn",
    ]
    products = [Product(code=str(place), name=name) for place, name in enumerate(names)]
    assert [(one.code, other.code) for one, other in catalogue.alike(products)] == [("0", "1")]


@given(names=st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=7, unique=True), max_size=12))
def test_no_pair_of_alike_names_is_missed(names: list[list[str]]) -> None:
    products = [Product(code=str(place), name=" ".join(words)) for place, words in enumerate(names)]
    said = [set(words) for words in names]
    pairs = {
        (str(one), str(other))
        for other in range(len(said)) for one in range(other)
        if len(said[one] & said[other]) >= catalogue.ALIKE * len(said[one] | said[other])
    }  # fmt: skip
    found = [(one.code, other.code) for one, other in catalogue.alike(products)]
    assert len(found) == len(set(found))
    assert set(found) == pairs


def test_the_command_writes_the_form_and_takes_it_in(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "products.xlsx"
    code, told = ran(work_group, "products", PLACE, "--on", FIRST.isoformat(), "--xlsx", str(file))
    assert (code, {each["code"]: each["coefficient"] for each in told}) == (0, {"letter": 1.0, "answer": 2.7, "report": 3.7})
    code, told = ran(
        work_group, "catalogue", "P", str(file), "--year", "2027", "--as", office.above.username, "--on", FIRST.isoformat()
    )
    assert (code, told["done"]) == (0, True)
    authority.open_sight(authority.reach_of(office.world.console))
    assert Catalogue.objects.get(year=2027).products.count() == 3


def test_a_catalogue_goes_out_and_in_and_into_force_on_its_page(office: Office) -> None:
    def reader(account: Any) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(account, backend=BACKEND)
        return client

    year = date.today().year + 1
    address = f"/catalogue?in=P&year={year}"

    def sends(account: Any, **told: Any) -> int:
        client = reader(account)
        key = client.get(address).content.decode().split('name="key" value="')[-1].split('"')[0]
        return int(client.post(address, {"key": key, **told}).status_code)

    assert reader(office.officer).get(f"/catalogue.xlsx?in=P&year={year}")["Content-Type"] == sheets.TYPE
    rows = [["code", "name", "group", "points", "standard"], ["a", "Letter", "n1", 10, "x"], ["b", "Report", "n2", 40, ""]]
    file = io.BytesIO(in_sheet(rows))
    file.name = "products.xlsx"
    assert sends(office.above, do="draft", file=file) == 302
    assert sends(office.above, do="draft") == 422
    page = reader(office.above).get(address).content.decode()
    assert "You drafted it: another person approves it." in page
    authority.open_sight(authority.reach_of(office.world.console))
    waits = Catalogue.objects.get(year=year)
    other = office.granted(office.inspector, "leader")
    assert sends(other, do="approve", catalogue=waits.pk, basis="12/QD") == 302
    page = reader(other).get(address).content.decode()
    assert "Report" in page and "12/QD" in page and "<b>4</b>" in page
    assert reader(office.worker).get(address).status_code == 403
