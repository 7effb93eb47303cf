"""The program of a kernel, in the assembly language of LLVM, from a plan.

512 people are a block: the values of a column stand side by side, what is known of it is 512 bits. Each block goes
through three stages. Comparisons of a column with a figure take 64 people at a time and leave 64 bits. The general
part, arithmetic and larger tables, takes people one by one in loops that LLVM makes wide. Then everything that is
true or false is worked out for all 512 at once, as two planes of bits: where it is true and where it is false; where
it is neither, it is unknown. Figures are read from an argument within the loop over blocks, so that they are never
part of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from canbo.rules.kernel_plan import Part, Plan, table_bits

BLOCK = 512
WORDS = BLOCK // 64
_WIDE = f"<{WORDS} x i64>"
_ONES = f"<{', '.join(['i64 -1'] * WORDS)}>"
_ZEROS = "zeroinitializer"
_TESTS = {"eq": "eq", "lt": "slt", "le": "sle", "ge": "sge"}
_ATOMS = ("ge", "eq")
_GENERAL = ("cmp", "truth")
# How many blocks ahead to ask for what will be read: more columns stand side by side than a processor foresees.
_AHEAD = 8
# The bytes that the general part leaves for each person, before they become bits.
_BYTES = 4 * BLOCK

_DECLARED = f"""
declare {_WIDE} @llvm.ctpop.v{WORDS}i64({_WIDE})
declare i64 @llvm.cttz.i64(i64, i1)
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
define void @scan(i64 %from, i64 %to, i64 %stride, ptr %columns, ptr %figures, ptr %tables, ptr noalias align 64 %scratch,
                  ptr %alive, ptr %out, ptr %counts) {{
entry:"""


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
    return _Writer(plan).program()


def scratch_bytes(plan: Plan) -> int:
    """How much room the function needs for itself."""
    return _BYTES + len(_planes(plan)) * 2 * WORDS * 8 + len(plan.columns) * BLOCK


def _planes(plan: Plan) -> dict[int, int]:
    """The place in the scratch room of each part that leaves planes there."""
    kept = [number for number, part in enumerate(plan.parts) if part[0] in (*_ATOMS, *_GENERAL, "pair", "alike")]
    return {number: place for place, number in enumerate(kept)}


class _Writer:
    """Writes one program, line by line."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.forms = list(plan.columns.values())
        self.planes = _planes(plan)
        self.lines: list[str] = [_DECLARED]
        self.names = 0
        self.block = "entry"

    # ---- lines

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

    def loop(self, count: int) -> tuple[str, str, int, str]:
        """Begin a loop; give what it returns to `again`. The first is the number of the round."""
        before, head = self.block, self.label()
        self.go(head)
        self.names += 1
        place = len(self.lines)
        self.lines.append("")
        return f"%n{self.names}", head, place, f"{before}:{count}"

    def again(self, loop: tuple[str, str, int, str]) -> None:
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
        return self.put(f"load {_WIDE}, ptr {self.at(base, 'i64', word)}, align 8")

    def figure(self, number: object, bits: int = 64) -> str:
        """A figure, in as many bits."""
        value = self.load("%figures", "i64", int(str(number)))
        return value if bits == 64 else self.put(f"trunc i64 {value} to i{bits}")

    def splat(self, value: str, bits: int, lanes: int) -> str:
        """The same figure many times."""
        one = self.put(f"insertelement <{lanes} x i{bits}> poison, i{bits} {value}, i32 0")
        return self.put(f"shufflevector <{lanes} x i{bits}> {one}, <{lanes} x i{bits}> poison, <{lanes} x i32> zeroinitializer")

    # ---- the program

    def program(self) -> str:
        for number, form in enumerate(self.forms):
            self.lines.append(f"  %v{number} = load ptr, ptr {self.at('%columns', 'ptr', 2 * number)}")
            if form.nullable:
                self.lines.append(f"  %k{number} = load ptr, ptr {self.at('%columns', 'ptr', 2 * number + 1)}")
        for number in range(len(self.plan.tables)):
            self.lines.append(f"  %t{number} = load ptr, ptr {self.at('%tables', 'ptr', number)}")
        self.do("%told = icmp ne i64 %stride, 0")
        self.do("br label %block\nblock:\n  %b = phi i64 [ %from, %entry ], [ %next, %last ]")
        self.do("%row = shl i64 %b, 9\n  %word = shl i64 %b, 3\n  %bytes = getelementptr i8, ptr %scratch, i64 0")
        self.do(f"%planes = getelementptr i8, ptr %scratch, i64 {_BYTES}")
        self.block = "block"
        for column in range(len(self.forms)):
            self.atoms(column)
        for number, part in enumerate(self.plan.parts):
            if part[0] in _GENERAL:
                self.general(number)
            elif part[0] == "pair":
                self.pair(number, part)
            elif part[0] == "alike":
                self.alike(number, part)
        self.go("truths")
        _Truths(self).articles()
        self.do("br label %last\nlast:\n  %next = add nuw nsw i64 %b, 1\n  %more = icmp ult i64 %next, %to")
        self.do("br i1 %more, label %block, label %done\ndone:\n  ret void\n}\n!0 = !{i32 1}")
        return "\n".join(self.lines)

    def atoms(self, column: int) -> None:
        """The comparisons of one column with figures: 64 people at a time."""
        found = [(number, part) for number, part in enumerate(self.plan.parts) if part[0] in _ATOMS and part[1] == column]
        if not found:
            return
        bits = self.forms[column].bits
        wide = f"<64 x i{bits}>"
        limits = [self.splat(self.figure(part[2], bits), bits, 64) for _, part in found]
        loop = self.loop(WORDS)
        values = self.values(column, loop[0])
        for (number, part), limit in zip(found, limits, strict=True):
            test = self.put(f"icmp {_TESTS[str(part[0])]} {wide} {values}, {limit}")
            self.keep(number, 0, loop[0], self.put(f"bitcast <64 x i1> {test} to i64"))
        self.again(loop)

    def fetch(self, pointer: str, size: int) -> None:
        """Ask for what stands some blocks further on than this many bytes."""
        for line in range(0, size, 64):
            place = self.at(pointer, "i8", _AHEAD * WORDS * size + line)
            self.do(f"call void @llvm.prefetch.p0(ptr {place}, i32 0, i32 3, i32 1)")

    def keep(self, number: int, side: int, word: str, bits: str) -> None:
        """Store 64 bits of a plane in the scratch room."""
        place = self.put(f"add i64 {word}, {(2 * self.planes[number] + side) * WORDS}")
        self.do(f"store i64 {bits}, ptr {self.at('%planes', 'i64', place)}, align 8")

    def general(self, number: int) -> None:
        """Arithmetic or a table: one byte for each person, then bits."""
        single = _Single(self, self.plan)
        nulls = [column for column in single.columns(number) if self.forms[column].nullable]
        for column in nulls:
            self.spread(column)
        loop = self.loop(BLOCK)
        single.person, single.place = self.put(f"add i64 %row, {loop[0]}"), loop[0]
        true, false = single.truth(number)
        one, two = (self.put(f"zext i1 {side} to i8") for side in (true, false))
        both = self.put(f"or i8 {one}, {self.put(f'shl i8 {two}, 1')}")
        self.do(f"store i8 {both}, ptr {self.at('%bytes', 'i8', loop[0])}, align 1")
        self.again(loop)
        loop = self.loop(WORDS)
        start = self.put(f"shl i64 {loop[0]}, 6")
        found = self.put(f"load <64 x i8>, ptr {self.at('%bytes', 'i8', start)}, align 1")
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

    def nulls(self, column: int) -> int:
        """Where those bytes stand, counted from the planes."""
        return len(self.planes) * 2 * WORDS * 8 + column * BLOCK

    def pair(self, number: int, part: Part) -> None:
        """Two columns compared: 64 people at a time."""
        loop = self.loop(WORDS)
        test = self.side_by_side(str(part[1]), part[2:], loop[0])
        self.keep(number, 0, loop[0], test)
        self.again(loop)

    def side_by_side(self, op: str, columns: Sequence[object], word: str) -> str:
        """64 bits: where the one column is equal to, below, or at most the other."""
        bits = max(self.forms[int(str(column))].bits for column in columns)
        sides = []
        for column in columns:
            own = self.forms[int(str(column))].bits
            value = self.values(column, word)
            sides.append(value if own == bits else self.put(f"sext <64 x i{own}> {value} to <64 x i{bits}>"))
        test = self.put(f"icmp {_TESTS[op]} <64 x i{bits}> {sides[0]}, {sides[1]}")
        return self.put(f"bitcast <64 x i1> {test} to i64")

    def values(self, column: object, word: str) -> str:
        """64 values of a column."""
        bits = self.forms[int(str(column))].bits
        first = self.put(f"add i64 %row, {self.put(f'shl i64 {word}, 6')}")
        pointer = self.at(f"%v{column}", f"i{bits}", first)
        self.fetch(pointer, bits * 8)
        return self.put(f"load <64 x i{bits}>, ptr {pointer}, align {bits // 8}")

    def alike(self, number: int, part: Part) -> None:
        """Two columns that are mostly equal: where they are, so is what is counted from them; else one by one."""
        loop = self.loop(WORDS)
        word, known = loop[0], "-1"
        equal = self.side_by_side("eq", part[1:3], word)
        for column in part[1:3]:
            if self.forms[int(str(column))].nullable:
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
        person = self.put(f"add i64 {first}, {bit}")
        one, two = (self.counted(int(str(part[3])), int(str(column)), person) for column in part[1:3])
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

    def counted(self, table: int, column: int, person: str) -> str:
        """What a table says of all values that a column can hold; with its type."""
        own, bits = f"i{self.forms[column].bits}", table_bits(self.plan.tables[table])
        value = self.put(f"sext {own} {self.load(f'%v{column}', own, person, 1)} to i64")
        place = self.put(f"sub i64 {value}, {self.plan.tables[table].lows[0]}")
        return f"i{bits} {self.load(f'%t{table}', f'i{bits}', place, bits // 8)}"


class _Single:
    """Writes what one person's numbers come to: a value of 64 bits, and a bit that says whether it is known."""

    def __init__(self, writer: _Writer, plan: Plan) -> None:
        self.w = writer
        self.plan = plan
        self.person = ""
        self.place = ""
        self.numbers: dict[int, tuple[str, str]] = {}
        self.truths: dict[int, tuple[str, str]] = {}

    def columns(self, number: int) -> list[int]:
        """The columns that a part reads."""
        part, found = self.plan.parts[number], []
        match part[0]:
            case "column" | "plane" | "ge" | "eq":
                return [int(str(part[1]))]
            case "truth" | "lookup":
                below: Sequence[object] = part[3]  # type: ignore[assignment]
            case "steps":
                return [int(str(part[1])), *part[2]]  # type: ignore[misc]
            case "figure" | "const" | "nothing":
                return []
            case "pair":
                return [int(str(column)) for column in part[2:]]
            case "alike":
                return [int(str(column)) for column in part[1:3]]
            case "cmp":
                below = part[2:]
            case _:
                below = part[1:]
        for side in below:
            found += self.columns(int(str(side)))
        return sorted(set(found))

    # ---- numbers

    def number(self, number: int) -> tuple[str, str]:
        """The value of a part and whether it is known."""
        if number not in self.numbers:
            self.numbers[number] = self._number(self.plan.parts[number])
        return self.numbers[number]

    def _number(self, part: Part) -> tuple[str, str]:
        w = self.w
        match part[0]:
            case "nothing":
                return "0", "false"
            case "figure":
                return w.figure(part[1]), "true"
            case "column":
                column = int(str(part[1]))
                return self.value(column), self.known(column)
            case "lookup":
                return self.lookup(part)
            case "choose":
                true, false = self.truth(int(str(part[1])))
                (then, one), (other, two) = (self.number(int(str(side))) for side in part[2:])
                known = self.either(self.both(true, one), self.both(false, two))
                return w.put(f"select i1 {true}, i64 {then}, i64 {other}"), known
        values, known = [], "true"
        for side in part[1:]:
            value, there = self.number(int(str(side)))
            values.append(value)
            known = self.both(known, there)
        match part[0]:
            case "neg":
                return w.put(f"sub i64 0, {values[0]}"), known
            case "quot":
                return self.quotient(*values, known)
            case "months":
                return self.months(*values), known
            case op:
                return w.put(f"{op} i64 {values[0]}, {values[1]}"), known

    def value(self, column: int) -> str:
        type_ = self.type(column)
        return self.widened(self.w.load(f"%v{column}", type_, self.person, 1), type_)

    def type(self, column: int) -> str:
        return f"i{self.w.forms[column].bits}"

    def widened(self, value: str, type_: str) -> str:
        return value if type_ == "i64" else self.w.put(f"sext {type_} {value} to i64")

    def known(self, column: int) -> str:
        if not self.w.forms[column].nullable:
            return "true"
        place = self.w.put(f"add i64 {self.place}, {self.w.nulls(column)}")
        return self.w.put(f"trunc i8 {self.w.load('%planes', 'i8', place, 1)} to i1")

    def both(self, one: str, two: str) -> str:
        return two if one == "true" else one if two == "true" else self.w.put(f"and i1 {one}, {two}")

    def either(self, one: str, two: str) -> str:
        return self.w.put(f"or i1 {one}, {two}")

    def quotient(self, left: str, right: str, known: str) -> tuple[str, str]:
        """Cut towards zero; by 0 unknown, by -1 the negative: the processor would stop at the lowest number."""
        w = self.w
        none, minus = w.put(f"icmp eq i64 {right}, 0"), w.put(f"icmp eq i64 {right}, -1")
        by = w.put(f"select i1 {w.put(f'or i1 {none}, {minus}')}, i64 1, i64 {right}")
        found = w.put(f"sdiv i64 {left}, {by}")
        turned = w.put(f"select i1 {minus}, i64 {w.put(f'sub i64 0, {left}')}, i64 {found}")
        return turned, self.both(known, w.put(f"xor i1 {none}, true"))

    def lookup(self, part: Part) -> tuple[str, str]:
        """A figure of a table; the lowest number of its width stands where there is none."""
        w, table, box = self.w, int(str(part[1])), list(part[2])  # type: ignore[call-overload]
        args: Sequence[int] = part[3]  # type: ignore[assignment]
        place, known = "0", "true"
        for low, size, arg in zip(box[: len(args)], box[len(args) :], args, strict=True):
            value, there = self.number(arg)
            offset, wide = w.put(f"sub i64 {value}, {w.figure(low)}"), w.figure(size)
            inside = w.put(f"icmp ult i64 {offset}, {wide}")
            known = self.both(known, self.both(there, inside))
            here = w.put(f"select i1 {inside}, i64 {offset}, i64 0")
            place = w.put(f"add i64 {w.put(f'mul i64 {place}, {wide}')}, {here}")
        bits = table_bits(self.plan.tables[table])
        found = w.load(f"%t{table}", f"i{bits}", place, bits // 8)
        there = w.put(f"icmp ne i{bits} {found}, {-(2 ** (bits - 1))}")
        return self.widened(found, f"i{bits}"), self.both(known, there)

    def months(self, start: str, end: str) -> str:
        """Complete months between two days, as `dates.complete_months` counts them."""
        w = self.w
        back = w.put(f"icmp slt i64 {end}, {start}")
        first, last = (w.put(f"select i1 {back}, i64 {one}, i64 {two}") for one, two in ((end, start), (start, end)))
        (month_one, day_one), (month_two, day_two) = self.split(first), self.split(last)
        month_next, _ = self.split(w.put(f"add i64 {last}, 1"))
        early = w.put(f"icmp slt i64 {day_two}, {day_one}")
        short = w.put(f"and i1 {early}, {w.put(f'icmp eq i64 {month_next}, {month_two}')}")
        whole = w.put(f"sub i64 {month_two}, {month_one}")
        months = w.put(f"sub i64 {whole}, {w.put(f'zext i1 {short} to i64')}")
        return w.put(f"select i1 {back}, i64 {w.put(f'sub i64 0, {months}')}, i64 {months}")

    def split(self, day: str) -> tuple[str, str]:
        """The month of a day, counted from March of the year 0, and the day within it, from 0.

        Years are taken to begin in March, so that the leap day stands last and the months before it have a rhythm
        of 153 days in five months; 146,097 days are 400 years.
        """

        def put(op: str, left: object, right: object) -> str:
            return self.w.put(f"{op} i64 {left}, {right}")

        since = put("add", day, 719468)
        age = put("udiv", since, 146097)
        in_age = put("sub", since, put("mul", age, 146097))
        leap = put("add", put("sub", in_age, put("udiv", in_age, 1460)), put("udiv", in_age, 36524))
        year = put("udiv", put("sub", leap, put("udiv", in_age, 146096)), 365)
        days = put("sub", put("add", put("mul", year, 365), put("udiv", year, 4)), put("udiv", year, 100))
        in_year = put("sub", in_age, days)
        month = put("udiv", put("add", put("mul", in_year, 5), 2), 153)
        before = put("udiv", put("add", put("mul", month, 153), 2), 5)
        months = put("add", put("mul", put("add", put("mul", age, 400), year), 12), month)
        return months, put("sub", in_year, before)

    # ---- truth values of one person

    def truth(self, number: int) -> tuple[str, str]:
        """Whether a part is true, and whether it is false."""
        if number not in self.truths:
            self.truths[number] = self._truth(number, self.plan.parts[number])
        return self.truths[number]

    def _truth(self, number: int, part: Part) -> tuple[str, str]:
        w = self.w
        match part[0]:
            case "const":
                return ("true" if part[1] is True else "false"), ("true" if part[1] is False else "false")
            case "plane":
                column = int(str(part[1]))
                word = w.load(f"%v{column}", "i64", w.put(f"lshr i64 {self.person}, 6"))
                bit = w.put(f"lshr i64 {word}, {w.put(f'and i64 {self.person}, 63')}")
                return self.settled(w.put(f"trunc i64 {bit} to i1"), self.known(column))
            case "ge" | "eq":
                column = int(str(part[1]))
                return self.settled(self.bare(number), self.known(column))
            case "cmp":
                (one, sure), (two, also) = (self.number(int(str(side))) for side in part[2:])
                return self.settled(w.put(f"icmp {_TESTS[str(part[1])]} i64 {one}, {two}"), self.both(sure, also))
            case "truth":
                value, known = self.lookup(part)
                return self.settled(w.put(f"trunc i64 {value} to i1"), known)
            case "pair":
                one, two = (self.value(int(str(side))) for side in part[2:])
                known = self.both(*(self.known(int(str(side))) for side in part[2:]))
                return self.settled(w.put(f"icmp {_TESTS[str(part[1])]} i64 {one}, {two}"), known)
            case "alike":
                one, two = (w.counted(int(str(part[3])), int(str(side)), self.person) for side in part[1:3])
                known = self.both(*(self.known(int(str(side))) for side in part[1:3]))
                return self.settled(w.put(f"icmp eq {one}, {two.split()[1]}"), known)
        return _combined(part, self.truth, lambda op, one, two: w.put(f"{op} i1 {one}, {two}"), self.steps)

    def settled(self, test: str, known: str) -> tuple[str, str]:
        return self.both(known, test), self.both(known, self.w.put(f"xor i1 {test}, true"))

    def steps(self, part: Part) -> tuple[str, str]:
        def mask(figure: int) -> str:
            return self.w.put(f"icmp ne i64 {self.w.figure(figure)}, 0")

        columns = [int(str(part[1])), *part[2]]  # type: ignore[misc]
        known = "true"
        for column in columns:
            known = self.both(known, self.known(column))
        # Whether the column is known is asked once: here an atom is its bare comparison.
        true, false = _stepped(part, self.bare, mask, lambda op, one, two: self.w.put(f"{op} i1 {one}, {two}"))
        return self.both(known, true), self.both(known, false)

    def bare(self, atom: int) -> str:
        part = self.plan.parts[atom]
        column = int(str(part[1]))
        return self.w.put(f"icmp {_TESTS[str(part[0])]} i64 {self.value(column)}, {self.w.figure(part[2])}")


Pair = tuple[str, str]
Put = Callable[[str, str, str], str]


def _combined(part: Part, truth: Callable[[int], Pair], put: Put, steps: Callable[[Part], Pair]) -> Pair:
    """Truth values put together, as two values or two planes: where it is true, and where it is false."""
    if part[0] == "steps":
        return steps(part)
    sides = [truth(int(str(side))) for side in part[1:]]
    match part[0]:
        case "not":
            return sides[0][1], sides[0][0]
        case "and" | "or":
            true, false = sides[0]
            one, two = ("and", "or") if part[0] == "and" else ("or", "and")
            for side in sides[1:]:
                true, false = put(one, true, side[0]), put(two, false, side[1])
            return true, false
        case "if":
            (yes, no), then, other = sides
            true, false = (put("or", put("and", yes, then[at]), put("and", no, other[at])) for at in (0, 1))
            return true, false
        case "same":
            (one, not_one), (two, not_two) = sides
            alike = put("or", put("and", one, two), put("and", not_one, not_two))
            return alike, put("or", put("and", one, not_two), put("and", not_one, two))
        case op:
            raise ValueError(f"no part is called {op}")


def _stepped(part: Part, atom: Callable[[int], str], mask: Callable[[int], str], put: Put) -> Pair:
    """What `steps` comes to where all its columns are known."""
    keys: Sequence[tuple[tuple[int, ...], int, int, tuple[tuple[int, int, int], ...]]] = part[3]  # type: ignore[assignment]
    found: list[Pair] = []
    for atoms, start, start_false, breaks in keys:
        true, false = mask(start), mask(start_false)
        for at, flip, flip_false in breaks:
            beyond = atom(at)
            true, false = (
                put("xor", true, put("and", beyond, mask(flip))),
                put("xor", false, put("and", beyond, mask(flip_false))),
            )
        for one in atoms:
            true, false = put("and", true, atom(one)), put("and", false, atom(one))
        found.append((true, false))
    true, false = found[0]
    for one_true, one_false in found[1:]:
        true, false = put("or", true, one_true), put("or", false, one_false)
    return true, false


class _Truths:
    """Writes what the articles come to, for 512 people at once: planes of bits."""

    def __init__(self, writer: _Writer) -> None:
        self.w = writer
        self.plan = writer.plan
        self.done: dict[int, Pair] = {}
        self._known: dict[int, str] = {}
        self._masks: dict[int, str] = {}

    def articles(self) -> None:
        """Each article: fail, unknown, not applicable, stored and counted."""
        w, many = self.w, len(self.plan.pairs)
        alive = w.put(f"load {_WIDE}, ptr %alive, align 8")
        base = w.put("mul i64 %b, %stride")
        for number, (applies, kept) in enumerate(self.plan.pairs):
            _, idle = self.truth(applies)
            true, false = self.truth(kept)
            live = self.put("and", alive, self.opposite(idle))
            neither = self.opposite(self.put("or", true, false))
            planes = self.put("and", live, false), self.put("and", live, neither), self.put("and", alive, idle)
            for side, plane in enumerate(planes):
                counted = w.put(f"call {_WIDE} @llvm.ctpop.v{WORDS}i64({_WIDE} {plane})")
                counter = w.at("%counts", "i64", (side * many + number) * WORDS)
                before = w.put(f"load {_WIDE}, ptr {counter}, align 8")
                w.do(f"store {_WIDE} {w.put(f'add {_WIDE} {before}, {counted}')}, ptr {counter}, align 8")
            self.tell(base, [(side * many + number) * WORDS for side in range(3)], planes)

    def tell(self, base: str, offsets: Sequence[int], planes: Sequence[str]) -> None:
        """Store who, past the caches: nothing here reads it again."""
        w, told, after = self.w, self.w.label(), self.w.label()
        w.do(f"br i1 %told, label %{told}, label %{after}")
        w.start(told)
        for offset, plane in zip(offsets, planes, strict=True):
            place = w.at("%out", "i64", w.put(f"add i64 {base}, {offset}"))
            w.do(f"store {_WIDE} {plane}, ptr {place}, align 64, !nontemporal !0")
        w.go(after)

    def put(self, op: str, one: str, two: str) -> str:
        return self.w.put(f"{op} {_WIDE} {one}, {two}")

    def opposite(self, plane: str) -> str:
        return self.put("xor", plane, _ONES)

    def known(self, column: int) -> str:
        """The bits of what is known of a column."""
        if not self.w.forms[column].nullable:
            return _ONES
        if column not in self._known:
            self._known[column] = self.column(f"%k{column}")
        return self._known[column]

    def column(self, base: str) -> str:
        """The bits of a block of a column."""
        self.w.fetch(self.w.at(base, "i64", "%word"), WORDS)
        return self.w.load_wide(base, "%word")

    def mask(self, figure: int) -> str:
        """A figure that is a mask."""
        if figure not in self._masks:
            self._masks[figure] = self.w.splat(self.w.figure(figure), 64, WORDS)
        return self._masks[figure]

    def stored(self, number: int, side: int) -> str:
        return self.w.load_wide("%planes", str((2 * self.w.planes[number] + side) * WORDS))

    def truth(self, number: int) -> Pair:
        """Where a part is true, and where it is false."""
        if number not in self.done:
            self.done[number] = self._truth(number, self.plan.parts[number])
        return self.done[number]

    def _truth(self, number: int, part: Part) -> Pair:
        match part[0]:
            case "const":
                return (_ONES if part[1] is True else _ZEROS), (_ONES if part[1] is False else _ZEROS)
            case "plane":
                column = int(str(part[1]))
                return self.settled(self.column(f"%v{column}"), self.known(column))
            case "ge" | "eq":
                return self.settled(self.stored(number, 0), self.known(int(str(part[1]))))
            case "pair" | "alike":
                sides = part[2:] if part[0] == "pair" else part[1:3]
                one, two = (self.known(int(str(side))) for side in sides)
                return self.settled(self.stored(number, 0), self.put("and", one, two))
            case "cmp" | "truth":
                return self.stored(number, 0), self.stored(number, 1)
        return _combined(part, self.truth, self.put, self.steps)

    def settled(self, test: str, known: str) -> Pair:
        return self.put("and", known, test), self.put("and", known, self.opposite(test))

    def steps(self, part: Part) -> Pair:
        known = _ONES
        for column in (part[1], *part[2]):  # type: ignore[misc]
            known = self.put("and", known, self.known(int(str(column))))
        true, false = _stepped(part, lambda atom: self.stored(atom, 0), self.mask, self.put)
        return self.put("and", known, true), self.put("and", known, false)
