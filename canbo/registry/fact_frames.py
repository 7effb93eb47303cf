"""The columns of facts as the readers of populations take them, and whom articles keep out among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from canbo.registry.fact_columns import Column
from canbo.rules import columns, ir, kernel
from canbo.rules.lower import Lowered
from canbo.rules.readers import Count

Flags = NDArray[np.bool_]


def frame(held: Mapping[str, Column], lowered: Sequence[Lowered]) -> pl.DataFrame:
    """The columns that the articles read, one row a person; null is unknown."""
    asked = asked_of(lowered)
    if not asked:
        return pl.DataFrame({"": np.zeros(_size(held), np.int8)})
    return pl.DataFrame([held[name].series.alias(name) for name in asked])


def snapshot(held: Mapping[str, Column], lowered: Sequence[Lowered]) -> kernel.Snapshot:
    """The same for the compiled kernel."""
    return kernel.Snapshot(_size(held), {name: held[name].packed for name in asked_of(lowered)})


def asked_of(lowered: Sequence[Lowered]) -> list[str]:
    """Names of the columns that the articles read."""
    return list(ir.columns([tree for one in lowered for tree in (one.kept, one.applies)]))


def _size(held: Mapping[str, Column]) -> int:
    return len(next(iter(held.values())).values)


@dataclass(frozen=True)
class Sieved:
    """Whom articles keep out: of each person whether one is broken, and whether one that may be is open.

    An open article counts as broken where it says that the unknown blocks, and not at all where it is provisional.
    """

    lowered: Sequence[Lowered]
    held: Mapping[str, Column]
    counts: Sequence[Count]
    failed: Flags
    waits: Flags
    planes: Sequence[Flags]  # by article: who is kept out by it

    def near(self, most: int, *, among: Flags) -> NDArray[np.int64]:
        """Those among them whom the fewest articles keep out, the fewest first."""
        broken = np.zeros(len(self.failed), np.uint8)
        for plane in self.planes:
            broken += plane
        found: list[NDArray[np.int64]] = []
        for number in range(1, len(self.planes) + 1):
            found.append(np.flatnonzero((broken == number) & among)[:most])
            if sum(map(len, found)) >= most:
                break
        return np.concatenate([*found, np.zeros(0, np.int64)])[:most].astype(np.int64)

    def outcomes(self, places: Any) -> dict[int, dict[str, str]]:
        """What each article says of the persons at these places; what does not apply is left out."""
        words = {True: "pass", False: "fail", None: "unknown"}
        found: dict[int, dict[str, str]] = {}
        for place in places.tolist():
            row = {name: self._cell(name, place) for name in asked_of(self.lowered)}
            told = ((one, ir.evaluate(one.kept, row)) for one in self.lowered)
            found[place] = {
                one.article.id: words[kept]  # type: ignore[index]
                for one, kept in told
                if not (kept and ir.evaluate(one.applies, row) is False)
            }
        return found

    def _cell(self, name: str, place: int) -> bool | int | None:
        column = self.held[name]
        if column.known is not None and not column.known[place]:
            return None
        return column.values[place].item()  # type: ignore[no-any-return]


def sieve(held: Mapping[str, Column], lowered: Sequence[Lowered]) -> Sieved:
    """Hold everybody against all articles at once.

    With the compiled kernel where it is installed and its program is made; until then, and else, with Polars: nobody
    waits for a compiler.
    """
    counts, fails, unknown = (_by_kernel if _compiled(held, lowered) else _by_polars)(held, lowered)
    size = _size(held)
    failed, waits = np.zeros(size, bool), np.zeros(size, bool)
    for one, fail, dark in zip(lowered, fails, unknown, strict=True):
        failed |= fail
        if one.article.on_unknown == "block":
            failed |= dark
        elif one.article.on_unknown == "refer":
            waits |= dark
    return Sieved(lowered, held, counts, failed, waits & ~failed, fails)


def _compiled(held: Mapping[str, Column], lowered: Sequence[Lowered]) -> bool:
    if not kernel.available() or not lowered:
        return False
    packed = snapshot(held, lowered)
    if kernel.ready(lowered, packed):
        return True
    kernel.prepare(lowered, packed)
    return False


_Told = tuple[Sequence[Count], Sequence[Flags], Sequence[Flags]]


def _by_kernel(held: Mapping[str, Column], lowered: Sequence[Lowered]) -> _Told:
    found = kernel.scan(lowered, snapshot(held, lowered))
    size = _size(held)

    def flags(article: str, outcome: str) -> Flags:
        return np.unpackbits(found.bits(article, outcome).view(np.uint8), bitorder="little", count=size).view(bool)

    names = [one.article.id for one in lowered]
    return found.counts, [flags(name, "fail") for name in names], [flags(name, "unknown") for name in names]


def _by_polars(held: Mapping[str, Column], lowered: Sequence[Lowered]) -> _Told:
    told = columns.read({str(number): one.kept for number, one in enumerate(lowered)}, frame(held, lowered))
    fails = [(~told[str(number)]).fill_null(False).to_numpy() for number in range(len(lowered))]
    unknown = [told[str(number)].is_null().to_numpy() for number in range(len(lowered))]
    counts = [
        Count(one.article.id, told.height - int(fail.sum()) - int(dark.sum()), int(fail.sum()), int(dark.sum()), 0)
        for one, fail, dark in zip(lowered, fails, unknown, strict=True)
    ]
    return counts, fails, unknown
