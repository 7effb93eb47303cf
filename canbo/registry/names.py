"""Keys for sorting and finding names; the text that people see is never altered.

Sorting: Vietnamese order puts the given name first and its own alphabet (a ă â b c d đ e ê ...) with the five
tones after the bare vowel. Finding: one key that folds what people type differently for the same name (tone
marks and where they stand, đ, capitals, Arabic and Persian letter forms and digits, invisible characters).
"""

from __future__ import annotations

import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(0x21 + index) for index, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_FOLD = str.maketrans({"đ": "d", "ð": "d", "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه"})


def sort_key(given: str, family: str = "") -> str:
    """A key whose byte order is the dictionary order: last given word, then the whole name."""
    words = given.split()
    last = words[-1] if words else ""
    return " ".join(_collate(part) for part in (last, family, " ".join(words[:-1])) if part)


def _collate(text: str) -> str:
    """Letters by rank; the tones of the whole text follow, so that they decide only between equal letters."""
    letters: list[str] = []
    tones: list[str] = []
    for character in unicodedata.normalize("NFC", text.casefold()):
        base, tone = character, "0"
        for mark in unicodedata.normalize("NFD", character)[1:]:
            if mark in _TONES:
                tone = _TONES[mark]
                kept = [c for c in unicodedata.normalize("NFD", character) if c != mark]
                base = unicodedata.normalize("NFC", "".join(kept))
        letters.append(_RANK.get(base, base))
        tones.append(tone)
    return "".join(letters) + "\x20" + "".join(tones).rstrip("0")


def search_key(text: str) -> str:
    """The one form under which a name is looked up: NFKC, no case, no marks, no invisible characters, plain digits."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)
    kept: list[str] = []
    for character in unicodedata.normalize("NFD", folded):
        category = unicodedata.category(character)
        if category in {"Mn", "Cf", "Cc"}:
            continue
        kept.append(str(unicodedata.digit(character)) if category == "Nd" else character)
    return " ".join("".join(kept).translate(_FOLD).split())
