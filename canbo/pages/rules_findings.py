"""What the prover found in the rulebook: each with both articles, a case that one can imagine, and who accepted it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.pages import asked, figures, rules_book
from canbo.pages.access import requires
from canbo.pages.asof import today
from canbo.pages.rules_article import folder, shown_facts
from canbo.rules import proofs
from canbo.rules.corpus import Corpus
from canbo.rules.explain import ArticleVerdict
from canbo.rules.findings import KINDS
from canbo.rules.witness import Case
from canbo.rules.words import RuleError

PER_PAGE = 6


@requires("rules.read")
def findings(request: HttpRequest) -> HttpResponse:
    """The findings of one kind; while the rulebook is being proved, the page says so and asks again by itself."""
    law = rules_book.book()
    proof = proofs.kept(law, folder())
    if proof is None:
        proofs.begin(law, folder())
        waiting = {"state": proofs.state(law, folder()), "trouble": proofs.trouble(law, folder()), "hash": law.hash}
        return render(request, "rules/findings.html", waiting)
    found = proof["findings"]
    tally = Counter(finding["kind"] for finding in found)
    kinds = [(kind, tally[kind]) for kind in KINDS if tally[kind]]
    kind = asked.words(request.GET.get("kind"), 40)
    chosen = kind if tally[kind] else (kinds[0][0] if kinds else "")
    rows = [finding for finding in found if finding["kind"] == chosen]
    start = min(asked.whole_number(request.GET.get("after")) or 0, len(rows))
    context: dict[str, Any] = {
        "state": "proved", "kinds": kinds, "chosen": chosen, "count": len(found), "pairs": proof["pairs"], "seconds": proof["seconds"],
        "undecided": len(proof["undecided"]), "hash": law.hash, "all": len(rows), "start": start,
        "findings": [laid_out(law, finding) for finding in rows[start : start + PER_PAGE]],
        "next": start + PER_PAGE if start + PER_PAGE < len(rows) else None,
        "accepted": sum(proofs.accepted_on(law, finding, today()) is not None for finding in found),
        "wrong": kind if kind and not tally[kind] else "",
    }  # fmt: skip
    return render(request, "rules/findings.html", context)


def laid_out(law: Corpus, finding: dict[str, Any]) -> dict[str, Any]:
    """One finding as the page shows it: what each article says of the case is worked out anew."""
    language, on = figures.language(), date.fromisoformat(finding["on"])
    told: dict[str, Any] = {
        "text": finding["text"], "on": on, "until": date.fromisoformat(finding["until"]) if finding["until"] else None,
        "accepted": proofs.accepted_on(law, finding, today()), "witness": [], "beside": [],
    }  # fmt: skip
    case = Case(law, finding["witness"], on)
    # Where one test is put against different counts, each of two articles is asked about a case of its own.
    other = Case(law, {**finding["witness"], **finding["beside"]}, on) if finding["kind"] == "different_measure" else case
    told["articles"] = [
        side(law, other if at == 1 else case, name, language)
        for at, name in enumerate(finding["articles"])
        if name in law.articles
    ]
    try:
        told["witness"] = shown_facts(law, case.scene.facts, language)
        told["beside"] = shown_facts(law, Case(law, finding["beside"], on).scene.facts, language)
    except RuleError:  # a catalogue that changed since leaves the sentence, which says the same
        told["witness"] = []
    return told


def side(law: Corpus, case: Case, name: str, language: str) -> dict[str, Any]:
    """One article of a finding and its verdict on the case."""
    article = law.articles[name]
    told = {**rules_book.row(article, case.on), "outcome": "", "reason": ""}
    if case.facts:
        verdict = ArticleVerdict(case.ruling(article), False)
        told |= {"outcome": verdict.outcome, "reason": verdict.reason(language)}
    return told
