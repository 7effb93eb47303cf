"""`canbo candidates|openings`: who may hold a post, in an order sealed first; which posts are open to a person."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from canbo.procedures import candidates as finding
from canbo.procedures.candidates import Candidate, Found
from canbo.project.commands.may import find_post, said
from canbo.project.commands.shown import json_option, on_option, show_json, table
from canbo.registry import authority, intake, people, queries, vacancies
from canbo.registry.models import Organization, Person


def weights_of(ctx: click.Context | None, param: click.Parameter | None, text: str | None) -> dict[str, int]:
    """Weights written grades=35,plan=20; not said: the usual ones."""
    if text is None:
        return dict(finding.USUAL)
    weights = {}
    for part in text.split(","):
        name, _sign, number = part.partition("=")
        if not (number.isascii() and number.isdigit()):
            raise click.BadParameter(_("“%(part)s” is no weight. Write them as grades=35,plan=20.") % {"part": part})
        weights[name.strip()] = int(number)
    return weights


@click.command()
@click.argument("post")
@on_option
@click.option("--within", default=None, help="Only who serves in or beneath this organization (its code).")
@click.option("--weights", callback=weights_of, help="grades=35,plan=20,experience=20,degree=15,theory=10; sealed before names.")
@click.option("--key", default=None, help="Idempotency key: the same key seals once.")
@json_option
def candidates(post: str, on: date, within: str | None, weights: dict[str, int], key: str | None, as_json: bool) -> None:
    """Who may hold POST on a day: eligible in order, waiting for data, nearest misses. Seals the weights, opens no case."""
    by = intake.console()
    with authority.sight(by):
        where = Organization.objects.get(pk=queries.unit(within, on=on).id) if within else None
        search = finding.seal(post=find_post(post, on=on), weights=weights, within=where, by=by, on=on, key=key)
        found = finding.find(search, by=by)
        shown = [*found.eligible, *found.waiting, *found.near]
        numbers = {row.pk: row.identification_number for row in Person.objects.filter(pk__in=[one.person for one in shown])}
        places = vacancies.posts([one.post for one in shown if one.post], on=on)
    rows = [told(one, numbers, places) for one in shown]
    if as_json:
        show_json(
            {"search": search.pk, "entry": search.entry_id, "weights": search.weights, **in_figures(found), "candidates": rows}
        )
        return
    click.echo(
        _("%(all)s considered: %(passed)s eligible, %(open)s waiting for data, %(failed)s not eligible. Search %(pk)s, entry %(entry)s.")
        % {"all": f"{found.considered:,}", "passed": f"{found.passed:,}", "open": f"{found.open:,}", "failed": f"{found.failed:,}",
           "pk": search.pk, "entry": search.entry_id}
    )  # fmt: skip
    table(
        [_("rank"), _("number"), _("answer"), _("score"), _("firm"), _("in the way")],
        [
            [row["rank"] or "-", row["number"], row["outcome"], "-" if row["score"] is None else f"{row['score']:.1f}",
             "-" if row["firm"] is None else f"{row['firm']:.0%}", ", ".join(row["failed"] + row["unknown"])]
            for row in rows
        ],
    )  # fmt: skip


def in_figures(found: Found) -> dict[str, Any]:
    """A search in numbers, and whom each article keeps out."""
    counts = [{"article": one.article, "failed": one.failed, "unknown": one.unknown} for one in found.counts]
    figures = {"considered": found.considered, "eligible": found.passed, "waiting": found.open, "not_eligible": found.failed}
    return {**figures, "counts": counts, "pool": found.pool, "shortlist": found.shortlist}


def told(one: Candidate, numbers: dict[int, str], places: dict[int, Any]) -> dict[str, Any]:
    """One candidate as plain values."""
    place = places.get(one.post or 0)
    return {
        "number": numbers.get(one.person, f"#{one.person}"),
        "rank": one.rank,
        "outcome": {"pass": "allowed", "fail": "refused", "unknown": "incomplete"}[one.outcome],
        "score": one.score,
        "scores": dict(one.scores),
        "firm": one.firm,
        "post": place and {"post": f"#{place['post']}", "title": place["job_names"], "organization": place["organization"]},
        "failed": [article for article, outcome in one.outcomes.items() if outcome == "fail"],
        "unknown": [article for article, outcome in one.outcomes.items() if outcome == "unknown"],
    }


@click.command()
@click.argument("person")
@on_option
@json_option
def openings(person: str, on: date, as_json: bool) -> None:
    """The vacant leading posts around PERSON on a day, and what each lacks: open ones first."""
    by = intake.console()
    with authority.sight(by):
        found = finding.openings(Person.objects.get(pk=people.find(person)), by=by, on=on)
    rows = [
        {
            "post": f"#{one.post}",
            "title": one.row["job_names"],
            "organization": one.row["organization"],
            "vacant_since": one.row["since"],
            "outcome": one.verdict.word,
            "failed": [article.id for article in one.verdict.with_outcome("fail")],
            "missing": [missing.spec.name for missing in one.verdict.missing],
        }
        for one in found
    ]
    if as_json:
        show_json(rows)
        return
    language = (get_language() or "en")[:2]
    table(
        [_("post"), _("title"), _("in"), _("answer"), _("in the way")],
        [
            [
                row["post"],
                said(row["title"], language),
                row["organization"],
                row["outcome"],
                ", ".join(row["failed"] + row["missing"]),
            ]
            for row in rows
        ],
    )
