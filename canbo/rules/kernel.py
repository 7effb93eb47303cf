"""Scanning millions with a kernel: one pass over packed columns, three-valued, counted as it goes. The extra `canbo[fast]`.

    snapshot = Snapshot.packed({"person.sex": sexes, "person.born.lo": (days, missing), ...})
    found = scan(lower_all(law, "appointment", on, columns=snapshot.columns), snapshot)
    found.count("vn/...").failed, found.rows("vn/...", "unknown")

The articles' trees become a program for this machine (kernel_plan, kernel_source) that LLVM compiles. That takes a
fraction of a second for some dozen articles, a few seconds for some hundred; it is kept in memory and on disk by
its shape. Figures are arguments: another figure in the law is another scan, not another program. Without llvmlite
(`available()` says so) canbo.rules.columns reads the same trees, more slowly.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canbo.rules import kernel_lines, kernel_plan, kernel_source, kernel_values, sealed
from canbo.rules.ir import Expr
from canbo.rules.kernel_lines import BLOCK, WORDS
from canbo.rules.kernel_plan import Form, Plan, table_bits
from canbo.rules.lower import Lowered
from canbo.rules.readers import Count

Words = NDArray[np.uint64]
# The outcomes that are kept as bits; whoever has none of them passes.
_STORED = ("fail", "unknown", "not_applicable")
_INT_TYPES: tuple[type[np.signedinteger[Any]], ...] = (np.int8, np.int16, np.int32, np.int64)


def available() -> bool:
    """Whether the compiler is installed."""
    return importlib.util.find_spec("llvmlite") is not None


# ---- columns


@dataclass(frozen=True)
class Column:
    """A packed column, padded to whole blocks of 512 people.

    values  int8, int16, int32 or int64, the highest number of the type unused; of truth values their bits,
            person 0 in the lowest bit of the first word
    known   bits in the same order, set where the value is known; None where it is known of everybody
    """

    values: NDArray[Any]
    known: Words | None = None

    @property
    def form(self) -> Form:
        """How it is stored."""
        bits = 1 if self.values.dtype == np.uint64 else self.values.dtype.itemsize * 8
        return Form(bits, self.known is not None)

    @property
    def bytes(self) -> int:
        """How many bytes a scan reads of it."""
        return self.values.nbytes + (0 if self.known is None else self.known.nbytes)


def pack(values: Any, missing: Any = None) -> Column:
    """A column of whole numbers or truth values in as few bits as hold them; `missing` is true where nothing is known."""
    given, gone = np.asarray(values), None if missing is None else np.asarray(missing, dtype=np.bool_)
    known = None if gone is None or not gone.any() else _bits(~gone)
    if given.dtype == np.bool_:
        return Column(_bits(given if gone is None else given & ~gone), known)
    if given.dtype.kind not in "iu":
        raise TypeError(f"a column holds whole numbers or truth values, not {given.dtype}")
    if gone is not None:
        given = np.where(gone, 0, given)
    low, high = (int(given.min()), int(given.max())) if given.size else (0, 0)
    fitting = (type_ for type_ in _INT_TYPES if np.iinfo(type_).min <= low and high < np.iinfo(type_).max)
    found = next(fitting, None)
    if found is None:
        raise OverflowError(f"{high} is beyond the 64 bits in which figures are read")
    packed = _room(_blocks(len(given)) * BLOCK, np.dtype(found))
    packed[: len(given)] = given
    packed[len(given) :] = 0
    return Column(packed, known)


def _bits(flags: NDArray[np.bool_]) -> Words:
    room = _room(_blocks(len(flags)) * WORDS, np.dtype(np.uint64))
    room.view(np.uint8)[:] = 0
    packed = np.packbits(flags, bitorder="little")
    room.view(np.uint8)[: len(packed)] = packed
    return room


def _blocks(people: int) -> int:
    return -(-people // BLOCK)


def _room(size: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """An array that begins at a multiple of 64 bytes, as wide loads and stores like it."""
    whole = np.empty(size * dtype.itemsize + 64, dtype=np.uint8)
    start = -whole.ctypes.data % 64
    return whole[start : start + size * dtype.itemsize].view(dtype)


@dataclass(frozen=True)
class Snapshot:
    """Everybody asked about, as packed columns by name."""

    people: int
    columns: Mapping[str, Column]

    def __post_init__(self) -> None:
        # What is compiled reads whole blocks and looks at nothing else: a shorter column would be read past its end.
        blocks = _blocks(self.people)
        for name, column in self.columns.items():
            sizes = [(column.values, WORDS if column.form.bits == 1 else BLOCK), (column.known, WORDS)]
            if any(part is not None and (len(part) != blocks * size or not part.flags.c_contiguous) for part, size in sizes):
                raise ValueError(f"{name} is not padded to {blocks} blocks of {BLOCK} people")

    @staticmethod
    def packed(given: Mapping[str, Any]) -> Snapshot:
        """From arrays by name, or pairs of an array and of where nothing is known; all of one length."""
        pairs = {name: entry if isinstance(entry, tuple) else (entry, None) for name, entry in given.items()}
        lengths = {len(values) for values, _ in pairs.values()}
        if len(lengths) != 1:
            raise ValueError(f"columns of one length are expected, found lengths {sorted(lengths)}")
        return Snapshot(lengths.pop(), {name: pack(*pair) for name, pair in pairs.items()})

    @property
    def forms(self) -> Mapping[str, Form]:
        """How each column is stored."""
        return {name: column.form for name, column in self.columns.items()}


# ---- results


@dataclass(frozen=True)
class Found:
    """What a scan found.

    articles  names of the articles, in order
    totals    for each article how many fail, are unknown, not applicable, pass: int64, articles by 4
    planes    for each block of 512 people, for fail, unknown and not applicable, for each article: 512 bits in
              eight words; None where only counts were asked for
    """

    people: int
    articles: tuple[str, ...]
    totals: NDArray[np.int64]
    planes: Words | None

    @property
    def counts(self) -> list[Count]:
        """How many people have each outcome, article by article."""
        return [
            Count(name, passed, failed, unknown, idle)
            for name, (failed, unknown, idle, passed) in zip(self.articles, self.totals.tolist(), strict=True)
        ]

    def count(self, article: str) -> Count:
        """How many people have each outcome of one article."""
        return self.counts[self.articles.index(article)]

    def bits(self, article: str, outcome: str) -> Words:
        """Who has this outcome, one bit a person, person 0 in the lowest bit of the first word."""
        at = self.articles.index(article)
        if outcome != "pass":
            return self._planes[:, _STORED.index(outcome), at].reshape(-1)
        others: Words = np.bitwise_or.reduce(self._planes[:, :, at], axis=1).reshape(-1)
        passed: Words = ~others & _bits(np.ones(self.people, dtype=np.bool_))
        return passed

    def rows(self, article: str, outcome: str) -> NDArray[np.int64]:
        """Numbers of the people who have this outcome."""
        return numbers(self.bits(article, outcome))

    def any(self, outcome: str) -> Words:
        """Who has this outcome (fail, unknown or not applicable) in at least one article, as bits."""
        found: Words = np.bitwise_or.reduce(self._planes[:, _STORED.index(outcome)], axis=1).reshape(-1)
        return found

    def person(self, row: int) -> Mapping[str, str]:
        """The outcome of each article for one person."""
        words, bit = self._planes[row // BLOCK, :, :, row % BLOCK // 64], np.uint64(row % 64)
        said = (words >> bit) & np.uint64(1)
        place = np.where(said.any(axis=0), said.argmax(axis=0), 3)
        return {name: (*_STORED, "pass")[at] for name, at in zip(self.articles, place.tolist(), strict=True)}

    @property
    def _planes(self) -> Words:
        if self.planes is None:
            raise ValueError("this scan only counted; scan with people=True to know who")
        return self.planes


def numbers(bits: Words) -> NDArray[np.int64]:
    """The numbers of the bits that are set."""
    return np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little"))


# ---- programs


@dataclass(frozen=True)
class Program:
    """A compiled kernel; `scratch` is how many bytes each thread needs."""

    key: str
    call: Any
    scratch: int
    keeper: Any


_programs: dict[str, Program] = {}
_lock = Lock()


def _program(plan: Plan, folder: Path | None) -> Program:
    """The program of a plan: from memory, from disk, or compiled now."""
    key = f"{plan.key}-{_version()}"
    found = _programs.get(key)
    if found is None:
        with _lock:
            found = _programs.get(key) or _load(key, plan, folder)
            _programs[key] = found
    return found


def _machine() -> Any:
    """This machine as LLVM sees it; a new one each time, for whoever loads a program takes it over."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    features = binding.get_host_cpu_features().flatten()
    target = binding.Target.from_default_triple()
    return target.create_target_machine(cpu=binding.get_host_cpu_name(), features=features, opt=2, jit=True)


@cache
def _version() -> str:
    """A hash of all that a compiled program depends on besides its plan: compiler, processor, and how it is written."""
    from llvmlite import __version__, binding

    own = b"".join(Path(str(part.__file__)).read_bytes() for part in (kernel_lines, kernel_source, kernel_values))
    processor = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten(), binding.get_process_triple()
    return hashlib.sha256("\n".join((__version__, *processor)).encode() + own).hexdigest()[:16]


def _load(key: str, plan: Plan, folder: Path | None) -> Program:
    from llvmlite import binding

    file = folder / f"{key}.o" if folder is not None else None
    stored = sealed.read(file) if file is not None else None
    code = stored or _compile(plan)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _machine())
    engine.add_object_file(binding.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    if stored is None and file is not None:
        sealed.write(file, code)
    whole, pointer = ctypes.c_int64, ctypes.c_void_p
    shape = ctypes.CFUNCTYPE(None, whole, whole, whole, *[pointer] * 7)
    return Program(key, shape(engine.get_function_address("scan")), kernel_source.scratch_bytes(plan), engine)


def _compile(plan: Plan) -> bytes:
    from llvmlite import binding

    machine = _machine()
    module = binding.parse_assembly(kernel_source.write(plan))
    module.verify()
    tuning = binding.create_pipeline_tuning_options(2)
    tuning.loop_vectorization = True
    passes = binding.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))


def cache_folder() -> Path:
    """Where compiled kernels are kept when nobody says otherwise: beside the data of canbo, else in the user's cache."""
    home = os.environ.get("CANBO_HOME")
    return Path(home).expanduser() / "kernels" if home else Path.home() / ".cache" / "canbo" / "kernels"


# ---- scanning

Articles = Sequence[Lowered]


def scan(
    articles: Articles,
    snapshot: Snapshot,
    *,
    people: bool = True,
    threads: int | None = None,
    folder: Path | None = None,
    into: Found | None = None,
) -> Found:
    """The outcome of every article for everybody.

    people   whether to tell who; otherwise only how many
    threads  on how many processors; not said: all
    folder   where compiled programs are kept; not said: `cache_folder()`
    into     an earlier result of the same articles that is no longer needed: its room is used again

    Raises ModuleNotFoundError where llvmlite is not installed.
    """
    plan = plan_of(articles, snapshot)
    program = _program(plan, folder or cache_folder())
    return run(program, plan, tuple(lowered.article.id for lowered in articles), snapshot, people, threads, into)


def plan_of(articles: Articles, snapshot: Snapshot) -> Plan:
    """What has to be worked out for the articles."""
    forms = snapshot.forms
    return _plan(tuple((lowered.applies, lowered.kept) for lowered in articles), tuple(forms.items()))


@lru_cache(maxsize=64)
def _plan(pairs: tuple[tuple[Expr, Expr], ...], forms: tuple[tuple[str, Form], ...]) -> Plan:
    return kernel_plan.make(pairs, dict(forms))


def prepare(articles: Articles, snapshot: Snapshot, *, folder: Path | None = None) -> Future[Program]:
    """Compile in the background; the result is ready when the future is. Meanwhile another reader can serve."""
    return _background().submit(_program, plan_of(articles, snapshot), folder or cache_folder())


def ready(articles: Articles, snapshot: Snapshot) -> bool:
    """Whether a scan would begin at once, without compiling or reading a program from disk."""
    return f"{plan_of(articles, snapshot).key}-{_version()}" in _programs


@cache
def _background() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "kernel-compiler")


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, "kernel")


def run(
    program: Program,
    plan: Plan,
    articles: tuple[str, ...],
    snapshot: Snapshot,
    people: bool = True,
    threads: int | None = None,
    into: Found | None = None,
) -> Found:
    """Run a compiled program with the figures of a plan."""
    many, blocks = len(plan.pairs), _blocks(snapshot.people)
    shape = (blocks if people else 0, len(_STORED), many, WORDS)
    planes = into.planes if into is not None and into.planes is not None and into.planes.shape == shape else None
    if planes is None:
        planes = _room(int(np.prod(shape)), np.dtype(np.uint64)).reshape(shape)
    tables = [_figures(table) for table in plan.tables]
    columns = [snapshot.columns[name] for name in plan.columns]
    pointers = [part.ctypes.data if part is not None else 0 for column in columns for part in (column.values, column.known)]
    fixed = np.array(pointers or [0], dtype=np.uint64), np.array(plan.figures or [0], dtype=np.int64)
    addresses = np.array([table.ctypes.data for table in tables] or [0], dtype=np.uint64)
    whole, rest = _bits(np.ones(BLOCK, dtype=np.bool_)), _bits(np.ones(snapshot.people % BLOCK or BLOCK, dtype=np.bool_))

    def part(first: int, after: int, alive: Words) -> NDArray[np.int64]:
        counts = np.zeros((len(_STORED), many, WORDS), dtype=np.int64)
        scratch = _room(program.scratch, np.dtype(np.uint8))
        inputs = fixed[0].ctypes.data, fixed[1].ctypes.data, addresses.ctypes.data
        stride = len(_STORED) * many * WORDS if people else 0
        program.call(
            first, after, stride, *inputs, scratch.ctypes.data, alive.ctypes.data, planes.ctypes.data, counts.ctypes.data
        )
        summed: NDArray[np.int64] = counts.sum(axis=2).T
        return summed

    share = min(threads or os.cpu_count() or 1, max(1, (blocks - 1) // 64))
    edges = [(blocks - 1) * at // share for at in range(share + 1)] if blocks else [0]
    jobs = [(first, after, whole) for first, after in zip(edges, edges[1:], strict=False) if first < after]
    jobs += [(blocks - 1, blocks, rest)] if blocks else []
    others = [_workers().submit(part, *job) for job in jobs[1:]]
    totals = part(*jobs[0]) if jobs else np.zeros((many, len(_STORED)), dtype=np.int64)
    totals = sum((job.result() for job in others), totals)
    passed = snapshot.people - totals.sum(axis=1, keepdims=True)
    return Found(snapshot.people, articles, np.hstack([totals, passed]), planes if people else None)


def _figures(table: Any) -> NDArray[Any]:
    """The figures of a table as the program reads them: the lowest number stands where there is none."""
    bits = table_bits(table)
    figures = table.figures.astype(f"int{bits}")
    if table.known is not None:
        figures = np.where(table.known, figures, np.iinfo(figures.dtype).min)
    return np.ascontiguousarray(figures)
