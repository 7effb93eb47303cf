"""Writing a kernel's program line by line, in the assembly language of LLVM: names, places, loops, loads."""

from __future__ import annotations

import re

from canbo.rules.kernel_plan import Plan

#: People of a block, and the words of 64 bits that hold one bit for each.
BLOCK = 512
WORDS = BLOCK // 64
WIDE = f"<{WORDS} x i64>"
ONES = f"<{', '.join(['i64 -1'] * WORDS)}>"
ZEROS = "zeroinitializer"
#: How LLVM calls the comparisons of plans.
TESTS = {"eq": "eq", "lt": "slt", "le": "sle", "ge": "sge"}
#: Operations that leave planes of bits in the scratch room: comparisons with a figure, and all others.
ATOMS = ("ge", "eq")
GENERAL = ("cmp", "truth")
SCRATCHED = (*ATOMS, *GENERAL, "pair", "alike")
# How many blocks ahead to ask for what will be read: more columns stand side by side than a processor foresees.
_AHEAD = 8
# The bytes that the general part leaves for each person, before they become bits.
_BYTES = 2 * BLOCK

Loop = tuple[str, str, int, str]
#: What every function of the program is given; `scan` gets the first and last block instead of one.
ARGUMENTS = "ptr %columns, ptr %figures, ptr %tables, ptr noalias align 64 %scratch, ptr %alive, ptr %out, ptr %counts"


class Lines:
    """The lines of one function that works on one block, `%b`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.forms = list(plan.columns.values())
        kept = [number for number, part in enumerate(plan.parts) if part[0] in SCRATCHED]
        self.planes = {number: place for place, number in enumerate(kept)}
        self.lines: list[str] = []
        self.names = 0
        self.block = "entry"

    def function(self, name: str) -> str:
        """The function as text; begins anew. Only the columns and tables that it names are fetched."""
        body = "\n".join(self.lines)
        fetched = []
        for mark, number in sorted(set(re.findall(r"%([vkt])(\d+)\b", body))):
            base, place = ("%tables", int(number)) if mark == "t" else ("%columns", 2 * int(number) + (mark == "k"))
            fetched.append(f"  %{mark}{number}.p = getelementptr ptr, ptr {base}, i64 {place}")
            fetched.append(f"  %{mark}{number} = load ptr, ptr %{mark}{number}.p")
        head = f"define internal void @{name}(i64 %b, i64 %stride, {ARGUMENTS}) noinline {{\nentry:"
        places = f"  %row = shl i64 %b, 9\n  %word = shl i64 %b, 3\n  %planes = getelementptr i8, ptr %scratch, i64 {_BYTES}"
        self.lines, self.block = [], "entry"
        return "\n".join([head, places, *fetched, body, "  ret void\n}"])

    def put(self, text: str) -> str:
        """A line that gives a value; the name of the value."""
        self.names += 1
        self.lines.append(f"  %n{self.names} = {text}")
        return f"%n{self.names}"

    def do(self, text: str) -> None:
        """A line that gives nothing."""
        self.lines.append(f"  {text}")

    def label(self) -> str:
        """A new name for a place in the program."""
        self.names += 1
        return f"l{self.names}"

    def go(self, label: str) -> None:
        """Go on at a new place."""
        self.do(f"br label %{label}")
        self.start(label)

    def start(self, label: str) -> None:
        """Begin a place that something else goes to."""
        self.lines.append(f"{label}:")
        self.block = label

    def loop(self, count: int) -> Loop:
        """Begin a loop; give what it returns to `again`. The first is the number of the round."""
        before, head = self.block, self.label()
        self.go(head)
        self.names += 1
        place = len(self.lines)
        self.lines.append("")
        return f"%n{self.names}", head, place, f"{before}:{count}"

    def again(self, loop: Loop) -> None:
        """End a loop."""
        number, head, place, rest = loop
        before, _, count = rest.partition(":")
        onwards = self.put(f"add nuw nsw i64 {number}, 1")
        self.lines[place] = f"  {number} = phi i64 [ 0, %{before} ], [ {onwards}, %{self.block} ]"
        more, after = self.put(f"icmp ult i64 {onwards}, {count}"), self.label()
        self.do(f"br i1 {more}, label %{head}, label %{after}")
        self.start(after)

    def at(self, base: str, type_: str, offset: str | int) -> str:
        """A pointer to the element of an array."""
        return self.put(f"getelementptr {type_}, ptr {base}, i64 {offset}")

    def load(self, base: str, type_: str, offset: str | int, align: int = 8) -> str:
        """An element of an array."""
        return self.put(f"load {type_}, ptr {self.at(base, type_, offset)}, align {align}")

    def load_wide(self, base: str, word: str) -> str:
        """512 bits of an array, from a word on."""
        return self.put(f"load {WIDE}, ptr {self.at(base, 'i64', word)}, align 8")

    def figure(self, number: int, bits: int = 64) -> str:
        """A figure, in as many bits."""
        value = self.load("%figures", "i64", number)
        return value if bits == 64 else self.put(f"trunc i64 {value} to i{bits}")

    def splat(self, value: str, bits: int, lanes: int) -> str:
        """The same figure many times."""
        one = self.put(f"insertelement <{lanes} x i{bits}> poison, i{bits} {value}, i32 0")
        return self.put(f"shufflevector <{lanes} x i{bits}> {one}, <{lanes} x i{bits}> poison, <{lanes} x i32> zeroinitializer")

    def values(self, column: int, word: str) -> str:
        """64 values of a column."""
        bits = self.forms[column].bits
        first = self.put(f"add i64 %row, {self.put(f'shl i64 {word}, 6')}")
        pointer = self.at(f"%v{column}", f"i{bits}", first)
        self.fetch(pointer, bits * 8)
        return self.put(f"load <64 x i{bits}>, ptr {pointer}, align {bits // 8}")

    def fetch(self, pointer: str, size: int) -> None:
        """Ask for what stands some blocks further on than this many bytes."""
        for line in range(0, size, 64):
            place = self.at(pointer, "i8", _AHEAD * WORDS * size + line)
            self.do(f"call void @llvm.prefetch.p0(ptr {place}, i32 0, i32 3, i32 1)")

    def keep(self, number: int, side: int, word: str, bits: str) -> None:
        """Store 64 bits of a plane in the scratch room."""
        place = self.put(f"add i64 {word}, {(2 * self.planes[number] + side) * WORDS}")
        self.do(f"store i64 {bits}, ptr {self.at('%planes', 'i64', place)}, align 8")

    def nulls(self, column: int) -> int:
        """Where a byte for each person stands that says whether the column is known, counted from the planes."""
        return len(self.planes) * 2 * WORDS * 8 + column * BLOCK

    @property
    def room(self) -> int:
        """How many bytes of scratch room there must be."""
        return _BYTES + self.nulls(len(self.forms))
