"""What every product of a period counts and loses, and the sums: exact, each product by the articles of the rulebook.

The language of articles knows no lists, so the adding up is here and nothing else: what one product counts for and what
it loses are articles, and so are the shares that are taken of the sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from canbo.rules.evaluation.given import Product
from canbo.rules.evaluation.readings import Reader, exact, missing, plain
from canbo.rules.explain import ArticleVerdict
from canbo.rules.words import Message, message

FULL = 4  # cuts of a quarter after which nothing is left


@dataclass(frozen=True)
class Counted:
    """One product, converted; what it loses is None where that cannot be told."""

    product: Product
    assigned: Decimal
    done: Decimal
    quality_lost: Decimal | None
    delay_lost: Decimal | None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        figures = {name: getattr(self, name) for name in ("assigned", "done", "quality_lost", "delay_lost")}
        return {"name": self.product.name} | {name: None if each is None else float(each) for name, each in figures.items()}


@dataclass(frozen=True)
class Sums:
    """The products of a period and their sums, in standard products; what is missing, and what to tell."""

    rows: tuple[Counted, ...]
    assigned: Decimal
    done: Decimal
    quality_lost: Decimal | None
    delay_lost: Decimal | None
    missing: tuple[str, ...]
    notes: tuple[Message, ...]

    def facts(self) -> dict[str, object]:
        """The sums as facts of the rulebook."""
        names = ("assigned", "done", "quality_lost", "delay_lost")
        return {f"eval.{name}": getattr(self, name) for name in names if getattr(self, name) is not None}


def sums_of(reader: Reader, products: Sequence[Product]) -> Sums:
    """Count every product and add up.

    What was taken over or came unexpected counts as done and stays outside the denominator, which is what was assigned.
    """
    rows, wanting, notes = [], dict[str, None](), []
    for product in products:
        row, lacking = _counted(reader, product)
        rows.append(row)
        wanting |= dict.fromkeys(lacking)
        notes += _notes(product)
    inside = [row for row in rows if not row.product.extra]
    return Sums(
        rows=tuple(rows),
        assigned=sum((row.assigned for row in inside), Decimal(0)),
        done=sum((row.done for row in rows), Decimal(0)),
        quality_lost=_sum([row.quality_lost for row in rows]),
        delay_lost=_sum([row.delay_lost for row in rows]),
        missing=tuple(wanting),
        notes=tuple(notes),
    )


def _counted(reader: Reader, product: Product) -> tuple[Counted, list[str]]:
    done = _converted(reader, product, product.done)
    facts: dict[str, object] = {
        "product.coefficient": product.coefficient,
        "product.converted": done,
        "product.failed_assessments": product.quality_failures,
        "product.times_late": product.delays,
        "product.days_late": product.days_late,
        "product.objective_cause": product.objective_cause,
    }
    lost = [reader.find(name, facts) for name in ("product_quality_lost", "product_delay_lost")]
    lacking = [name for verdict in lost for name in missing(verdict)]
    return Counted(product, _converted(reader, product, product.assigned), done, exact(lost[0]), exact(lost[1])), lacking


def _converted(reader: Reader, product: Product, quantity: Decimal) -> Decimal:
    found = reader.find("product_converted", {"product.coefficient": product.coefficient, "product.quantity": quantity})
    return exact(found) or Decimal(0)


def _sum(parts: Sequence[Decimal | None]) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None


def _notes(product: Product) -> list[Message]:
    found = []
    if product.claimed and (product.quality_failures or product.delays or product.days_late):
        found.append(message("eval_cause_not_confirmed", name=product.name))
    for key, number in (("eval_fifth_failure", product.quality_failures), ("eval_fifth_delay", product.delays or 0)):
        if number > FULL:
            found.append(message(key, name=product.name, found=number))
    if not product.extra and not product.assigned and product.done:
        found.append(message("eval_done_not_assigned", name=product.name))
    return found


# ---- the working in numbers


def written(sums: Sums, share: str, verdict: ArticleVerdict | None) -> str:
    """a, b or c written out: its products, its sums, its share."""
    value = exact(verdict)
    over = " + ".join(_times(row.product.assigned, row.product.coefficient) for row in sums.rows if not row.product.extra) or "0"
    top = " + ".join(_times(row.product.done, row.product.coefficient) for row in sums.rows) or "0"
    result = f"{plain(value)} %"
    if share == "a":
        return f"a = ({top}) / ({over}) = {plain(sums.done)} / {plain(sums.assigned)} = {result}"
    lost = [row.quality_lost if share == "b" else row.delay_lost for row in sums.rows]
    less = "".join(f" - {plain(each)}" for each in lost if each is None or each)
    total = sums.quality_lost if share == "b" else sums.delay_lost
    net = plain(sums.done - total) if total is not None else "–"
    return f"{share} = ({top}{less}) / ({over}) = {net} / {plain(sums.assigned)} = {result}"


def _times(number: Decimal, coefficient: Decimal) -> str:
    return f"{plain(number)} × {plain(coefficient)}"
