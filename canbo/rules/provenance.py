"""Where a rule comes from, and how sure we are of it.

Every article and every parameter carries one of these; without it nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from canbo.rules.reading import Part

# How the text was found.
#   T  the text itself was read          F  a public account of the text, with the figure in it
#   F2 an account of a text since replaced or of a draft
#   X  worked out from T or F, repeatably
#   K  general knowledge that nobody has read: shown as such, and always switched off
MARKS = ("T", "F", "F2", "X", "K")
HEARSAY = "K"
CONFIDENCES = ("high", "medium", "low")


@dataclass(frozen=True)
class Source:
    """An instrument, its article and clause, where it can be read, and how it was found."""

    instrument: Mapping[str, str]
    article: str
    clause: str
    url: str
    mark: str
    confidence: str
    note: Mapping[str, str]

    def cite(self, language: str = "en") -> str:
        """The citation as one line."""
        name = self.instrument.get(language) or self.instrument["en"]
        words = _CITING.get(language, _CITING["en"])
        parts = [words["article"].format(self.article)] if self.article else []
        parts += [words["clause"].format(self.clause)] if self.clause else []
        return ", ".join([name, *parts])

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "instrument": dict(self.instrument),
            "article": self.article,
            "clause": self.clause,
            "url": self.url,
            "mark": self.mark,
            "confidence": self.confidence,
            "note": dict(self.note),
            "text": {language: self.cite(language) for language in _CITING},
        }


_CITING = {
    "en": {"article": "article {}", "clause": "clause {}"},
    "vi": {"article": "Điều {}", "clause": "khoản {}"},
    "fa": {"article": "مادهٔ {}", "clause": "بند {}"},
}
ENTRIES = ("instrument", "article", "clause", "url", "mark", "confidence", "note")


def load_source(part: Part) -> Source:
    """Read a `source:` entry; instrument, mark and confidence must be there."""
    part.only(ENTRIES)

    def text(name: str) -> str:
        entry = part.find(name)
        return entry.text() if entry else ""

    note = part.find("note")
    return Source(
        instrument=part.at("instrument").said(),
        article=text("article"),
        clause=text("clause"),
        url=text("url"),
        mark=part.at("mark").choice(MARKS),
        confidence=part.at("confidence").choice(CONFIDENCES),
        note=note.said() if note else {},
    )
