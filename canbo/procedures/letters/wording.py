"""From a kind of document and its data to what stands on the page, part by part, in one language.

The rulebook gives the outward form and the sentences (`documents/form.yaml`, `shapes.yaml`, `kinds/*.yaml`); whoever asks
gives the data. What comes out is plain text in a fixed order, which `pdf` and `word` lay out. Nothing here is markup.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from canbo.rules import corpus
from canbo.rules.reading import read
from canbo.rules.words import LANGUAGES

FOLDER = "documents"
RIGHT_TO_LEFT = frozenset({"fa"})
BLANK = "…………"  # where a draft waits for what is not known yet
LONGEST = 20_000  # letters of one datum
_PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)\}")
# Marks that turn the direction of what follows: in a name they could make a document read as another one.
_TURNS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF}
# A code such as 12/QĐ-UBND stays together, and runs from left to right also inside Persian: `pdf` and `word` see to it.
CODE = re.compile(r"[0-9A-Za-zÀ-ɏḀ-ỿ]+(?:[-/.:][0-9A-Za-zÀ-ɏḀ-ỿ]+)+")

Data = Mapping[str, Any]
Content = dict[str, Any]


class UnknownKind(ValueError):
    """The rulebook has no such kind of document."""


@dataclass(frozen=True)
class Kind:
    """One kind of document. `series`: the letters under which it is numbered; `to_person`: its subject may read it."""

    name: str
    series: str
    shape: str
    verified: bool
    to_person: bool
    entry: Data


@dataclass(frozen=True)
class Book:
    """What a rulebook says of documents."""

    form: Data
    shapes: Data
    kinds: Mapping[str, Kind]


@cache
def book(rulebook: str) -> Book:
    """The documents of a rulebook, read once for this process. Raises RuleError where a file cannot be read."""
    root = corpus.find(rulebook)
    shapes = read(root / FOLDER / "shapes.yaml", root=root).mapping()
    kinds = {}
    for file in sorted((root / FOLDER / "kinds").glob("*.yaml")):
        for name, entry in read(file, root=root).at("kinds").mapping().items():
            shape = shapes["shapes"][entry["shape"]]
            kinds[name] = Kind(name, shape["series"], entry["shape"], shape["verified"], shape["to_person"], entry)
    return Book(read(root / FOLDER / "form.yaml", root=root).mapping(), shapes, kinds)


def kind_of(rulebook: str, name: str) -> Kind:
    """The kind of that name. Raises UnknownKind."""
    found = book(rulebook).kinds.get(name)
    if found is None:
        raise UnknownKind(f"{name}: {', '.join(sorted(book(rulebook).kinds))}")
    return found


def clean(text: str) -> str:
    """A datum as it may stand on a page: composed letters, no control marks, no marks that turn the direction."""
    text = unicodedata.normalize("NFC", text[:LONGEST].encode("utf-8", "replace").decode())
    kept = (c for c in text if ord(c) not in _TURNS and (c == "\n" or unicodedata.category(c) not in {"Cc", "Co", "Cn"}))
    return "".join(kept).strip()


@dataclass
class Words:
    """Fills sentences with data in one language; remembers what was asked for and not given."""

    form: Data
    data: Data
    language: str
    missing: list[str] = field(default_factory=list)

    def said(self, texts: Any) -> str:
        """A text of the rulebook in this language; in English where it has none."""
        return str(texts.get(self.language, texts["en"])) if isinstance(texts, Mapping) else str(texts)

    def word(self, name: str, **more: Any) -> str:
        """A word of the form, such as `article`."""
        return self.fill(self.form["words"][name], more)

    def given(self, path: str, item: Data | None = None) -> Any:
        """The datum at a dotted path, of the item of a list first; None where it was not given."""
        for source in ([item] if item is not None else []) + [self.data]:
            found: Any = source
            for name in path.split("."):
                found = found.get(name) if isinstance(found, Mapping) else None
            if found is not None and found != "" and found != []:
                return found
        return None

    def fill(self, texts: Any, item: Data | None = None) -> str:
        """A sentence with its places filled; a datum that is not given is noted and left blank."""

        def put(match: re.Match[str]) -> str:
            found = self.given(match[1], item)
            if found is None:
                self.missing.append(match[1])
                return BLANK
            return self.show(found)

        return _PLACE.sub(put, self.said(texts))

    def show(self, value: Any) -> str:
        """A datum as people read it in this language: days, figures, names in several languages."""
        if isinstance(value, bool):
            return self.word("yes" if value else "no")
        if isinstance(value, date):
            months = self.form["months"][self.language]
            return self.digits(self.said(self.form["days"]).format(day=value.day, month=months[value.month - 1], year=value.year))
        if isinstance(value, int | float | Decimal):
            return self.digits(str(value).replace(".", self.said(self.form["decimal"])))
        if isinstance(value, Mapping):
            return clean(str(value.get(self.language) or value.get("en") or next(iter(value.values()), "")))
        if isinstance(value, str):
            return clean(value)
        return "; ".join(self.show(each) for each in value)

    def digits(self, text: str) -> str:
        """Figures in the digits of this language."""
        own = self.form["digits"].get(self.language)
        return text.translate(str.maketrans("0123456789", own)) if own else text


def compose(rulebook: str, kind: str, data: Data, language: str) -> tuple[Content, tuple[str, ...]]:
    """What stands on the page, and the names of the data that it lacks. Raises UnknownKind, ValueError.

    data  issuer {name, above, symbol, form, authority, unit}, place, on, number, signatures, recipients, to, grounds,
          proposed_by, decision_digest (SHA-256 of the signed decision), and what the kind asks for. Texts may be given by language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no documents in {language!r}: {', '.join(LANGUAGES)}")
    found, this = book(rulebook), kind_of(rulebook, kind)
    words = Words(found.form, data, language)
    form = found.form["forms"][words.given("issuer.form") or "state"]
    on = data["on"]
    name = words.said(this.entry.get("name") or found.shapes["shapes"][this.shape]["name"])
    about, letter = words.fill(this.entry["about"]), this.shape == "letter"
    content: Content = {
        "language": language, "rtl": language in RIGHT_TO_LEFT, "title": f"{name} {about}".strip(),
        "decision": data.get("decision_digest") or "",
        "day": [on.year, on.month, on.day], "paper": form["paper"], "kind": kind,
        **_head(words, this, form), "name": name.upper(), "about": _first_large(about) if name else "",
        "re": words.word("re", text=about) if letter else "",
        "to": {"label": words.word("to"), "names": _each(words, "to") if this.entry.get("addressed") else []},
        "authority": words.show(words.given("issuer.authority") or "").upper() if this.shape == "decision" else "",
        "grounds": _grounds(words, this, found.shapes, on), "enacts": f"{name.upper()}:" if this.shape == "decision" else "",
        "body": _body(words, this.entry["body"], found.shapes["parts"]), **_foot(words, this),
    }  # fmt: skip
    return content, tuple(dict.fromkeys(words.missing))


def digest(content: Content) -> str:
    """SHA-256 over the content in its canonical form: what the page prints and the journal keeps."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Content) -> str:
    """The content as JSON, the same for the same content: keys in order, no spaces."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def symbol(rulebook: str, kind: str, issuer: Data) -> str:
    """The letters after the number, such as QĐ-UBND, for an issuer with `symbol`, `form` and, for letters, `unit`."""
    this = kind_of(rulebook, kind)
    form = book(rulebook).form["forms"][issuer.get("form") or "state"]
    pattern = form["letter_symbol" if this.shape == "letter" else "symbol"]
    return str(pattern.format(series=this.series, issuer=issuer.get("symbol") or "", unit=issuer.get("unit") or "")).rstrip("-/")


def numbered(rulebook: str, kind: str, issuer: Data, number: int) -> str:
    """The whole number of a document, such as 12/QĐ-UBND; numbers below 10 are written 01 to 09."""
    form = book(rulebook).form["forms"][issuer.get("form") or "state"]
    sign = "/" if "{number}/" in form["number"]["en"] else "-"
    return f"{number:02}{sign}{symbol(rulebook, kind, issuer)}"


# ---- the parts of a page


def _head(words: Words, kind: Kind, form: Data) -> Content:
    number = words.given("number")
    text = words.said(form["number"])
    shown = f"{number:02}" if isinstance(number, int) else "…"
    letters = words.given("symbol")
    if letters is None:
        words.missing.append("symbol")
    issuer = words.given("issuer.name")
    if issuer is None:
        words.missing.append("issuer.name")
    return {
        "above": words.show(words.given("issuer.above") or "").upper(), "issuer": words.show(issuer or BLANK).upper(),
        "author": words.show(issuer or BLANK), "under_issuer": form["under_issuer"],
        "masthead": [
            {"text": words.said(line["said"]), "size": line["size"], "bold": line["bold"], "line": line.get("line") == "whole"}
            for line in form["masthead"]
        ],
        "number": text.format(number=shown, symbol=words.show(letters or "…")),
        "place_and_day": words.word("place_and_day", place=words.given("place") or BLANK, day=words.given("on")),
        "draft": words.word("draft") if number is None else "",
        "pages": [words.digits(str(page)) for page in range(1, 61)],
    }  # fmt: skip


def _grounds(words: Words, kind: Kind, shapes: Data, on: date) -> list[str]:
    """What the document rests on: the laws of its day, then what this case adds, then who proposed it."""
    laws = shapes["grounds"].get(kind.entry.get("grounds"), ())
    texts = [each["said"] for each in laws if each["from"] <= on and (each["to"] is None or on < each["to"])]
    texts += words.given("grounds") or []
    lines = [words.word("ground", text=text) for text in texts]
    proposed = words.given("proposed_by")
    if proposed and lines:
        return [*lines, words.word("proposed", text=proposed)]
    return [*lines[:-1], lines[-1].rstrip(";؛") + "."] if lines else []  # the last ground ends the sentence


def _body(words: Words, entries: Sequence[Data], parts: Data) -> list[Content]:
    """The body, part by part; articles are numbered in the order in which they stand."""
    blocks: list[Content] = []
    for entry in _unfolded(words, entries, parts):
        if "article" in entry:
            number = sum(block["kind"] == "article" for block in blocks) + 1
            blocks.append(
                {"kind": "article", "label": words.word("article", number=number), "text": words.fill(entry["article"])}
            )
        elif "text" in entry:
            blocks.append({"kind": "text", "text": words.fill(entry["text"])})
        elif "heading" in entry:
            blocks.append({"kind": "heading", "text": words.fill(entry["heading"])})
        elif "fields" in entry:
            shown = [row for row in entry["fields"] if "when" not in row or words.given(row["when"]) is not None]
            rows = [[words.said(row["label"]), words.fill(row["value"])] for row in shown]
            blocks.append({"kind": "fields", "rows": rows})
        elif "list" in entry:
            blocks.append(_list(words, entry["list"]))
        else:
            blocks.append(_table(words, entry["table"]))
    return blocks


def _unfolded(words: Words, entries: Iterable[Data], parts: Data) -> Iterable[Data]:
    """The entries that stand in this document, with the shared parts in place of their names."""
    for entry in entries:
        if "when" in entry and words.given(entry["when"]) is None:
            continue
        if "unless" in entry and words.given(entry["unless"]) is not None:
            continue
        if "use" in entry:
            yield from _unfolded(words, parts[entry["use"]], parts)
        else:
            yield entry


def _items(words: Words, name: str) -> list[Data]:
    found = words.given(name)
    if found is None:
        words.missing.append(name)
    return [item if isinstance(item, Mapping) and not set(item) <= set(LANGUAGES) else {"text": item} for item in found or ()]


def _list(words: Words, entry: Data) -> Content:
    items = [words.fill(entry["item"], item) for item in _items(words, entry["each"])]
    return {"kind": "list", "label": words.said(entry["label"]) if "label" in entry else "", "items": items}


def _table(words: Words, entry: Data) -> Content:
    columns = [
        {"head": words.said(each["head"]), "wide": each.get("wide", 1), "figure": bool(each.get("figure"))}
        for each in entry["columns"]
    ]
    rows = [
        [words.digits(str(number)), *(words.fill(column["cell"], item) for column in entry["columns"])]
        for number, item in enumerate(_items(words, entry["each"]), 1)
    ]
    counting = words.word("counting")
    return {"kind": "table", "caption": words.said(entry["caption"]), "counting": counting, "columns": columns, "rows": rows}


def _each(words: Words, name: str) -> list[str]:
    """A list of names that the document cannot do without."""
    found = words.given(name)
    if found is None:
        words.missing.append(name)
    return [words.show(each) for each in found or [BLANK]]


def _foot(words: Words, kind: Kind) -> Content:
    signatures = words.given("signatures")
    if signatures is None:
        words.missing.append("signatures")
    if kind.entry.get("handed_in"):
        words.missing.append("handed_in")  # a paper of the person: it is handed in, never issued
    chosen = signatures or [{"capacity": [BLANK], "name": BLANK}]
    names = [words.show(each) for each in words.given("recipients") or ()]
    return {
        "signatures": [
            {"capacity": [words.show(line).upper() for line in each["capacity"]], "name": words.show(each["name"])}
            for each in chosen
        ],
        "recipients": {"label": words.word("recipients"), "names": [*names, words.word("archive")]},
        "note": words.word("translation"),
    }  # fmt: skip


def check_words(rulebook: str, language: str) -> Mapping[str, str]:
    """The words beside the square that leads to the check of a document."""
    words = Words(book(rulebook).form, {}, language)
    return {name: words.word(name) for name in ("verify", "scan", "digest", "decision")}


def _first_large(text: str) -> str:
    return text[:1].upper() + text[1:]
