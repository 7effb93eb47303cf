"""The program of a kernel, in the assembly language of LLVM, from a plan.

512 people are a block: the values of a column stand side by side, what is known of it is 512 bits. Each block goes
through three stages. Comparisons of a column with a figure take 64 people at a time and leave 64 bits. The general
part, arithmetic and larger tables, takes people one by one in loops that LLVM makes wide. Then everything that is
true or false is worked out for all 512 at once, as two planes of bits: where it is true and where it is false; where
it is neither, it is unknown. Figures are read from an argument, block by block, so that they are never part of the
program.

Each comparison of the general part, the comparisons of each column, and every few articles are a function of their
own: the time to compile a function grows much faster than its length.
"""

from __future__ import annotations

from collections.abc import Sequence

from canbo.rules.kernel_lines import ATOMS, BLOCK, GENERAL, TESTS, WIDE, WORDS, Lines
from canbo.rules.kernel_plan import Part, Plan
from canbo.rules.kernel_values import Single, Truths

# Articles that share a function, and what they have in common there.
_TOGETHER = 24

_DECLARED = f"""
declare {WIDE} @llvm.ctpop.v{WORDS}i64({WIDE})
declare i64 @llvm.cttz.i64(i64, i1)
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
!0 = !{{i32 1}}
"""
_SCAN = """
define void @scan(i64 %from, i64 %to, i64 %stride, {arguments}) {{
entry:
  br label %block
block:
  %b = phi i64 [ %from, %entry ], [ %next, %block ]
{calls}
  %next = add nuw nsw i64 %b, 1
  %more = icmp ult i64 %next, %to
  br i1 %more, label %block, label %done
done:
  ret void
}}
"""
_NAMES = ("columns", "figures", "tables", "scratch", "alive", "out", "counts")


def write(plan: Plan) -> str:
    """The text of the program: one function, `scan(from, to, stride, columns, figures, tables, scratch, alive, out, counts)`.

    from, to  numbers of the first block and of the one after the last
    stride    how many words of `out` a block takes; 0 where only counts are wanted
    columns   for each column a pointer to its values and one to the bits of what is known
    scratch   `scratch_bytes(plan)` bytes at a multiple of 64
    alive     512 bits: which people of each block there are
    out       for each block, for fail, unknown and not applicable, for each article: 512 bits
    counts    for fail, unknown and not applicable, for each article: eight numbers to be added up
    """
    functions = _Writer(plan).functions()
    given = ", ".join(f"ptr %{name}" for name in _NAMES)
    calls = "\n".join(f"  call void @f{number}(i64 %b, i64 %stride, {given})" for number in range(len(functions)))
    scan = _SCAN.format(arguments=given, calls=calls)
    return "\n".join([_DECLARED, *functions, scan])


def scratch_bytes(plan: Plan) -> int:
    """How much room the function needs for itself."""
    return Lines(plan).room


class _Writer(Lines):
    """Writes the functions of a program."""

    def functions(self) -> list[str]:
        """All functions, in the order in which a block goes through them."""
        done: list[str] = []

        def end() -> None:
            if self.lines:
                done.append(self.function(f"f{len(done)}"))

        for column in range(len(self.forms)):
            self.atoms(column)
            end()
        general = [number for number, part in enumerate(self.plan.parts) if part[0] in GENERAL]
        for column in sorted({column for number in general for column in Single(self, self.plan).columns(number)}):
            if self.forms[column].nullable:
                self.spread(column)
        end()
        for number, part in enumerate(self.plan.parts):
            if part[0] in GENERAL:
                self.general(number)
            elif part[0] == "pair":
                self.pair(number, part)
            elif part[0] == "alike":
                self.alike(number, part)
            end()
        for first in range(0, len(self.plan.pairs), _TOGETHER):
            Truths(self).articles(range(first, min(first + _TOGETHER, len(self.plan.pairs))))
            end()
        return done

    def atoms(self, column: int) -> None:
        """The comparisons of one column with figures: 64 people at a time."""
        found = [(number, part) for number, part in enumerate(self.plan.parts) if part[0] in ATOMS and part[1] == column]
        if not found:
            return
        bits = self.forms[column].bits
        wide = f"<64 x i{bits}>"
        limits = [self.splat(self.figure(part[2], bits), bits, 64) for _, part in found]
        loop = self.loop(WORDS)
        values = self.values(column, loop[0])
        for (number, part), limit in zip(found, limits, strict=True):
            test = self.put(f"icmp {TESTS[part[0]]} {wide} {values}, {limit}")
            self.keep(number, 0, loop[0], self.put(f"bitcast <64 x i1> {test} to i64"))
        self.again(loop)

    def general(self, number: int) -> None:
        """Arithmetic or a table: one byte for each person, then bits."""
        single = Single(self, self.plan)
        loop = self.loop(BLOCK)
        single.person, single.place = self.put(f"add i64 %row, {loop[0]}"), loop[0]
        true, false = single.truth(number)
        one, two = (self.put(f"zext i1 {side} to i8") for side in (true, false))
        both = self.put(f"or i8 {one}, {self.put(f'shl i8 {two}, 1')}")
        self.do(f"store i8 {both}, ptr {self.at('%scratch', 'i8', loop[0])}, align 1")
        self.again(loop)
        loop = self.loop(WORDS)
        start = self.put(f"shl i64 {loop[0]}, 6")
        found = self.put(f"load <64 x i8>, ptr {self.at('%scratch', 'i8', start)}, align 1")
        for side in (0, 1):
            mask = self.splat(str(1 + side), 8, 64)
            hit = self.put(f"icmp ne <64 x i8> {self.put(f'and <64 x i8> {found}, {mask}')}, zeroinitializer")
            self.keep(number, side, loop[0], self.put(f"bitcast <64 x i1> {hit} to i64"))
        self.again(loop)

    def spread(self, column: int) -> None:
        """A byte for each person that says whether the column is known: loops over people read bytes, not bits."""
        loop = self.loop(WORDS)
        word = self.load(f"%k{column}", "i64", self.put(f"add i64 %word, {loop[0]}"))
        spread = self.put(f"zext <64 x i1> {self.put(f'bitcast i64 {word} to <64 x i1>')} to <64 x i8>")
        start = self.put(f"add i64 {self.put(f'shl i64 {loop[0]}, 6')}, {self.nulls(column)}")
        self.do(f"store <64 x i8> {spread}, ptr {self.at('%planes', 'i8', start)}, align 1")
        self.again(loop)

    def pair(self, number: int, part: Part) -> None:
        """Two columns compared: 64 people at a time."""
        loop = self.loop(WORDS)
        test = self.side_by_side(part[1], part[2:], loop[0])
        self.keep(number, 0, loop[0], test)
        self.again(loop)

    def side_by_side(self, op: str, columns: Sequence[int], word: str) -> str:
        """64 bits: where the one column is equal to, below, or at most the other."""
        bits = max(self.forms[column].bits for column in columns)
        sides = []
        for column in columns:
            own = self.forms[column].bits
            value = self.values(column, word)
            sides.append(value if own == bits else self.put(f"sext <64 x i{own}> {value} to <64 x i{bits}>"))
        test = self.put(f"icmp {TESTS[op]} <64 x i{bits}> {sides[0]}, {sides[1]}")
        return self.put(f"bitcast <64 x i1> {test} to i64")

    def alike(self, number: int, part: Part) -> None:
        """Two columns that are mostly equal: where they are, so is what is counted from them; else one by one."""
        loop = self.loop(WORDS)
        word, known = loop[0], "-1"
        equal = self.side_by_side("eq", part[1:3], word)
        for column in part[1:3]:
            if self.forms[column].nullable:
                bits = self.load(f"%k{column}", "i64", self.put(f"add i64 %word, {word}"))
                known = self.put(f"and i64 {known}, {bits}")
        rest = self.put(f"and i64 {known}, {self.put(f'xor i64 {equal}, -1')}")
        self.keep(number, 0, word, self.one_by_one(part, word, equal, rest))
        self.again(loop)

    def one_by_one(self, part: Part, word: str, equal: str, rest: str) -> str:
        """The bits of `equal`, and those of `rest` for which both counts are equal."""
        first = self.put(f"add i64 %row, {self.put(f'shl i64 {word}, 6')}")
        before, head, body, after = self.block, self.label(), self.label(), self.label()
        self.go(head)
        self.names += 2
        left, found, place = f"%n{self.names}", f"%n{self.names - 1}", len(self.lines)
        self.lines.append("")
        self.do(f"br i1 {self.put(f'icmp eq i64 {left}, 0')}, label %{after}, label %{body}")
        self.start(body)
        bit = self.put(f"call i64 @llvm.cttz.i64(i64 {left}, i1 true)")
        single = Single(self, self.plan)
        single.person = self.put(f"add i64 {first}, {bit}")
        one, two = (single.counted(part[3], column) for column in part[1:3])
        hit = self.put(f"zext i1 {self.put(f'icmp eq {one}, {two.split()[1]}')} to i64")
        onwards = self.put(f"or i64 {found}, {self.put(f'shl i64 {hit}, {bit}')}")
        fewer = self.put(f"and i64 {left}, {self.put(f'add i64 {left}, -1')}")
        self.lines[place] = (
            f"  {left} = phi i64 [ {rest}, %{before} ], [ {fewer}, %{self.block} ]\n"
            f"  {found} = phi i64 [ {equal}, %{before} ], [ {onwards}, %{self.block} ]"
        )
        self.do(f"br label %{head}")
        self.start(after)
        return found
