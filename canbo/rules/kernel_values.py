"""What parts of a plan come to, written as lines: for one person in general, or for 512 as planes of bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from canbo.rules.kernel_lines import ONES, TESTS, WIDE, WORDS, ZEROS, Lines
from canbo.rules.kernel_plan import Part, Plan, table_bits

Pair = tuple[str, str]
Put = Callable[[str, str, str], str]


class Single:
    """Writes what one person's numbers come to: a value of 64 bits, and a bit that says whether it is known."""

    def __init__(self, writer: Lines, plan: Plan) -> None:
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
                return [part[1]]
            case "truth" | "lookup":
                below: Sequence[int] = part[3]
            case "steps":
                return [part[1], *part[2]]
            case "figure" | "const" | "nothing":
                return []
            case "pair":
                return list(part[2:])
            case "alike":
                return list(part[1:3])
            case "cmp":
                below = part[2:]
            case _:
                below = part[1:]
        for side in below:
            found += self.columns(side)
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
                column = part[1]
                return self.value(column), self.known(column)
            case "lookup":
                return self.lookup(part)
            case "choose":
                true, false = self.truth(part[1])
                (then, one), (other, two) = (self.number(side) for side in part[2:])
                known = self.either(self.both(true, one), self.both(false, two))
                return w.put(f"select i1 {true}, i64 {then}, i64 {other}"), known
        values, known = [], "true"
        for side in part[1:]:
            value, there = self.number(side)
            values.append(value)
            known = self.both(known, there)
        match part[0]:
            case "neg":
                return w.put(f"sub i64 0, {values[0]}"), known
            case "quot":
                return self.quotient(values[0], values[1], known)
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
        w, table, box = self.w, part[1], list(part[2])
        args: Sequence[int] = part[3]
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
                column = part[1]
                word = w.load(f"%v{column}", "i64", w.put(f"lshr i64 {self.person}, 6"))
                bit = w.put(f"lshr i64 {word}, {w.put(f'and i64 {self.person}, 63')}")
                return self.settled(w.put(f"trunc i64 {bit} to i1"), self.known(column))
            case "ge" | "eq":
                column = part[1]
                return self.settled(self.bare(number), self.known(column))
            case "cmp":
                (one, sure), (two, also) = (self.number(side) for side in part[2:])
                return self.settled(w.put(f"icmp {TESTS[str(part[1])]} i64 {one}, {two}"), self.both(sure, also))
            case "truth":
                value, known = self.lookup(part)
                return self.settled(w.put(f"trunc i64 {value} to i1"), known)
            case "pair":
                one, two = (self.value(side) for side in part[2:])
                known = self.both(*(self.known(side) for side in part[2:]))
                return self.settled(w.put(f"icmp {TESTS[str(part[1])]} i64 {one}, {two}"), known)
            case "alike":
                one, two = (self.counted(part[3], side) for side in part[1:3])
                known = self.both(*(self.known(side) for side in part[1:3]))
                return self.settled(w.put(f"icmp eq {one}, {two.split()[1]}"), known)
        return _combined(part, self.truth, lambda op, one, two: w.put(f"{op} i1 {one}, {two}"), self.steps)

    def settled(self, test: str, known: str) -> tuple[str, str]:
        return self.both(known, test), self.both(known, self.w.put(f"xor i1 {test}, true"))

    def steps(self, part: Part) -> tuple[str, str]:
        def mask(figure: int) -> str:
            return self.w.put(f"icmp ne i64 {self.w.figure(figure)}, 0")

        columns = [part[1], *part[2]]
        known = "true"
        for column in columns:
            known = self.both(known, self.known(column))
        # Whether the column is known is asked once: here an atom is its bare comparison.
        true, false = _stepped(part, self.bare, mask, lambda op, one, two: self.w.put(f"{op} i1 {one}, {two}"))
        return self.both(known, true), self.both(known, false)

    def counted(self, table: int, column: int) -> str:
        """What a table of all values that a column can hold says of the column; with its type."""
        w, bits = self.w, table_bits(self.plan.tables[table])
        place = w.put(f"sub i64 {self.value(column)}, {self.plan.tables[table].lows[0]}")
        return f"i{bits} {w.load(f'%t{table}', f'i{bits}', place, bits // 8)}"

    def bare(self, atom: int) -> str:
        part = self.plan.parts[atom]
        column = part[1]
        return self.w.put(f"icmp {TESTS[str(part[0])]} i64 {self.value(column)}, {self.w.figure(part[2])}")


def _combined(part: Part, truth: Callable[[int], Pair], put: Put, steps: Callable[[Part], Pair]) -> Pair:
    """Truth values put together, as two values or two planes: where it is true, and where it is false."""
    if part[0] == "steps":
        return steps(part)
    sides = [truth(side) for side in part[1:]]
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
    keys: Sequence[tuple[tuple[int, ...], int, int, tuple[tuple[int, int, int], ...]]] = part[3]
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


class Truths:
    """Writes what the articles come to, for 512 people at once: planes of bits."""

    def __init__(self, writer: Lines) -> None:
        self.w = writer
        self.plan = writer.plan
        self.done: dict[int, Pair] = {}
        self._known: dict[int, str] = {}
        self._masks: dict[int, str] = {}
        self.told = ""

    def articles(self, chosen: Sequence[int]) -> None:
        """Some articles: fail, unknown, not applicable, stored and counted."""
        w, many = self.w, len(self.plan.pairs)
        self.told = w.put("icmp ne i64 %stride, 0")
        alive = w.put(f"load {WIDE}, ptr %alive, align 8")
        base = w.put("mul i64 %b, %stride")
        for number in chosen:
            applies, kept = self.plan.pairs[number]
            _, idle = self.truth(applies)
            true, false = self.truth(kept)
            live = self.put("and", alive, self.opposite(idle))
            neither = self.opposite(self.put("or", true, false))
            planes = self.put("and", live, false), self.put("and", live, neither), self.put("and", alive, idle)
            for side, plane in enumerate(planes):
                counted = w.put(f"call {WIDE} @llvm.ctpop.v{WORDS}i64({WIDE} {plane})")
                counter = w.at("%counts", "i64", (side * many + number) * WORDS)
                before = w.put(f"load {WIDE}, ptr {counter}, align 8")
                w.do(f"store {WIDE} {w.put(f'add {WIDE} {before}, {counted}')}, ptr {counter}, align 8")
            self.tell(base, [(side * many + number) * WORDS for side in range(3)], planes)

    def tell(self, base: str, offsets: Sequence[int], planes: Sequence[str]) -> None:
        """Store who, past the caches: nothing here reads it again."""
        w, told, after = self.w, self.w.label(), self.w.label()
        w.do(f"br i1 {self.told}, label %{told}, label %{after}")
        w.start(told)
        for offset, plane in zip(offsets, planes, strict=True):
            place = w.at("%out", "i64", w.put(f"add i64 {base}, {offset}"))
            w.do(f"store {WIDE} {plane}, ptr {place}, align 64, !nontemporal !0")
        w.go(after)

    def put(self, op: str, one: str, two: str) -> str:
        return self.w.put(f"{op} {WIDE} {one}, {two}")

    def opposite(self, plane: str) -> str:
        return self.put("xor", plane, ONES)

    def known(self, column: int) -> str:
        """The bits of what is known of a column."""
        if not self.w.forms[column].nullable:
            return ONES
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
                return (ONES if part[1] is True else ZEROS), (ONES if part[1] is False else ZEROS)
            case "plane":
                column = part[1]
                return self.settled(self.column(f"%v{column}"), self.known(column))
            case "ge" | "eq":
                return self.settled(self.stored(number, 0), self.known(part[1]))
            case "pair" | "alike":
                sides = part[2:] if part[0] == "pair" else part[1:3]
                one, two = (self.known(side) for side in sides)
                return self.settled(self.stored(number, 0), self.put("and", one, two))
            case "cmp" | "truth":
                return self.stored(number, 0), self.stored(number, 1)
        return _combined(part, self.truth, self.put, self.steps)

    def settled(self, test: str, known: str) -> Pair:
        return self.put("and", known, test), self.put("and", known, self.opposite(test))

    def steps(self, part: Part) -> Pair:
        known = ONES
        for column in (part[1], *part[2]):
            known = self.put("and", known, self.known(column))
        true, false = _stepped(part, lambda atom: self.stored(atom, 0), self.mask, self.put)
        return self.put("and", known, true), self.put("and", known, false)
