"""`canbo whatif`: one figure of the law changed, and whose verdicts would change."""

from __future__ import annotations

from datetime import date

import click
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from canbo.pages.words import word
from canbo.project.cli import fail
from canbo.project.commands.shown import json_option, on_option, show_json
from canbo.registry import authority, fact_columns, facts, intake
from canbo.reports import whatif as reports
from canbo.rules import corpus
from canbo.rules.words import RuleError


@click.command()
@click.argument("change", metavar="PARAMETER[KEY]=VALUE")
@on_option
@json_option
def whatif(change: str, on: date, as_json: bool) -> None:
    """Whose verdicts would change if a figure of the law were another, such as terms_as_head=3 or retirement_age[M]=744.

    Everybody in office is asked as if named today for the post held; only counts are told. Nothing is kept.
    """
    name, _equals, value = change.partition("=")
    name, _bracket, key = name.strip().partition("[")
    law, language = corpus.opened(settings.CANBO_RULEBOOK), (get_language() or "en")[:2]
    try:
        asked = reports.change(law, name, on, [part for part in key.rstrip("]").split(",") if part], value)
    except RuleError as refusal:
        fail(refusal.message.say(language))
        return
    with authority.sight(intake.console()):
        ground = reports.Ground(fact_columns.people(on).in_service, law)
        found = reports.ask(ground, asked.law(law), reports.reading(law, name, on))
    told = {
        "parameter": name, "key": list(asked.key), "on": on.isoformat(),
        "before": reports.written(asked.table, asked.now), "after": reports.written(asked.table, asked.figure),
        "people": len(ground.people), "changed": len(found.rows),
        "articles": [
            {"id": each.article.id, "moves": _moves({move: len(rows) for move, rows in each.moves.items()})} for each in found.articles
        ],
        "levels": {facts.LEVELS.get(level, "unknown"): _moves(moves) for level, moves in found.levels().items()},
        "milliseconds": round(found.seconds * 1000, 1),
    }  # fmt: skip
    if as_json:
        show_json(told)
        return
    click.echo(
        _("%(changed)s of %(people)s people in office would have another verdict.")
        % {name: f"{told[name]:,}" for name in ("changed", "people")}
    )
    for each in found.articles:
        click.echo(f"  {each.article.title.get(language) or each.article.title['en']}  [{each.article.id}]")
        for (before, after), rows in sorted(each.moves.items()):
            click.echo(f"    {len(rows):>8}  {word(before, 'ruling')} → {word(after, 'ruling')}")


def _moves(moves: dict[reports.Move, int]) -> list[dict[str, object]]:
    return [{"before": before, "after": after, "people": count} for (before, after), count in sorted(moves.items())]
