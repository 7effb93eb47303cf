"""Pages for those who draft law: the list, the editor that says at once what is wrong, and the decision of a second person."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canbo.journal import entries
from canbo.pages import asked, figures, rules_article, rules_book
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of
from canbo.pages.staffing import sight_to_count
from canbo.procedures import drafting
from canbo.procedures.drafting import DraftRefused
from canbo.procedures.models import Draft
from canbo.registry import authority
from canbo.reports import touched as reports
from canbo.rules import drafts as trying
from canbo.rules import inwords
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.drafts import Attempt
from canbo.rules.words import LANGUAGES, RuleError

PER_PAGE = 50
#: State -> word, icon, tone: never the colour alone.
STATES = {
    "draft": (gettext_lazy("being written"), "file-text", ""),
    "submitted": (gettext_lazy("waits for a second person"), "calendar-clock", "warn"),
    "approved": (gettext_lazy("is law here"), "circle-check", "pass"),
    "rejected": (gettext_lazy("turned down"), "circle-x", "fail"),
    "withdrawn": (gettext_lazy("taken back"), "undo-2", ""),
}
#: What may be done with a draft, as the buttons send it.
ACTS = ("save", "submit", "withdraw", "approve", "reject")


@requires("rules.draft")
def listing(request: HttpRequest) -> HttpResponse:
    """Drafts, those that wait for a decision first; and files of the own folder that nobody approved."""
    state = request.GET.get("state", "")
    found = Draft.objects.select_related("author", "decided_by").defer("text").order_by("-saved_at", "-pk")
    if state in STATES:
        found = found.filter(state=state)
    before = asked.whole_number(request.GET.get("after")) or 0
    rows = list(found[before : before + PER_PAGE + 1])
    context = {
        "rows": [(row, STATES[row.state]) for row in rows[:PER_PAGE]],
        "states": [(name, word) for name, (word, _icon, _tone) in STATES.items()],
        "state": state if state in STATES else "",
        "more": before + PER_PAGE if len(rows) > PER_PAGE else None,
        "unvouched": drafting.unvouched(),
    }
    return render(request, "drafts/listing.html", context)


# ---- one draft


@requires("rules.draft")
def new(request: HttpRequest) -> HttpResponse:
    """A new draft: from the template, from an article (`from`), or from another draft (`copy`)."""
    text, title = start(request)
    given = {"title": title, "text": text, "reason": ""}
    if request.method == "POST":
        given = sent(request)
        if request.POST.get("do") != "check":
            try:
                kept = drafting.save(draft=None, **given, by=request.user, key=key_of(request))
                return redirect("draft", number=kept.pk)
            except DraftRefused as refusal:
                return editor(request, None, given, refusal=str(refusal), status=422)
    return editor(request, None, given)


def start(request: HttpRequest) -> tuple[str, str]:
    """The text and the title with which a new draft begins. Raises Http404."""
    name, copied = asked.words(request.GET.get("from"), 200), asked.whole_number(request.GET.get("copy"))
    if copied is not None:
        other = Draft.objects.filter(pk=copied).first()
        if other is None:
            raise Http404(_("There is no draft number %(number)s.") % {"number": copied})
        return other.text, other.title
    if name:
        law = rules_book.book()
        if name not in law.articles:
            raise Http404(_("There is no article %(name)s in the rulebook.") % {"name": name})
        return law.text(name), figures.named(dict(law.articles[name].title))
    return template(figures.language()), ""


def template(language: str) -> str:
    """The template of an article, every entry explained in the reader's language."""
    found: str = get_template(f"drafts/template.{language if language in LANGUAGES else 'en'}.yaml").template.source  # type: ignore[attr-defined]
    return found


def the_draft(request: HttpRequest, number: int) -> Draft:
    """The draft of an address."""
    found = Draft.objects.select_related("author", "decided_by").filter(pk=asked.row_number(number)).first()
    if found is None:
        raise Http404(_("There is no draft number %(number)s.") % {"number": number})
    return found


@requires("rules.draft")
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """One draft: to its author while it is open an editor, to others what it would change and their decision."""
    found = the_draft(request, number)
    given = {"title": found.title, "text": found.text, "reason": found.reason}
    if request.method == "POST":
        do = request.POST.get("do", "")
        if do == "check":
            return editor(request, found, sent(request))
        try:
            act(request, found, do)
            return redirect("draft", number=number)
        except DraftRefused as refusal:
            given = sent(request) if "text" in request.POST else given
            found = the_draft(request, number)
            return editor(request, found, given, refusal=str(refusal), findings=refusal.findings, status=422)
    return editor(request, found, given)


def act(request: HttpRequest, found: Draft, do: str) -> None:
    """Do what a button says; submitting saves first. Raises DraftRefused, NotAllowed, KeyUsed."""
    key, reason, by = key_of(request), asked.words(request.POST.get("decision"), 4000), request.user
    match do:
        case "save" | "submit":
            if "text" in request.POST:
                found = drafting.save(draft=found, **sent(request), by=by, key=f"{key}:save")
            if do == "submit":
                accept = {name[7:]: text for name, text in request.POST.items() if name.startswith("accept:")}
                drafting.submit(draft=found, by=by, accept=accept, key=f"{key}:submit")
        case "withdraw":
            drafting.withdraw(draft=found, by=by, key=key)
        case "approve":
            drafting.approve(draft=found, by=by, reason=reason, key=key)
        case "reject":
            drafting.reject(draft=found, by=by, reason=reason, key=key)
        case _:
            raise DraftRefused(
                _("Found “%(found)s”; one of these was expected: %(known)s.") % {"found": do[:40], "known": ", ".join(ACTS)}
            )


def sent(request: HttpRequest) -> dict[str, str]:
    """The fields of the form as they were sent."""
    text = request.POST.get("text", "").replace("\r\n", "\n")
    return {
        "title": asked.words(request.POST.get("title")),
        "text": text,
        "reason": asked.words(request.POST.get("reason"), 4000),
    }


def key_of(request: HttpRequest) -> str:
    """The key of the form, which makes its button act once. Raises DraftRefused for a form of somebody else."""
    key = asked.words(request.POST.get("key"))
    if not key.startswith(f"draft:{request.user.pk}:"):
        raise DraftRefused(_("This form was made for somebody else or is incomplete. Open the page again."))
    return f"{key}:{request.POST.get('do', '')[:12]}"


def editor(
    request: HttpRequest, found: Draft | None, given: dict[str, str], *, refusal: str = "", findings: Any = (), status: int = 200
) -> HttpResponse:
    """The page of a draft."""
    mine = found is None or found.author_id == request.user.pk
    edits = mine and (found is None or found.state in drafting.OPEN)
    context = {
        "draft": found,
        "given": given,
        "edits": edits,
        "mine": mine,
        "state": STATES[found.state] if found else None,
        "decides": found is not None and not mine and found.state == Draft.State.SUBMITTED and may(request, "rules.approve"),
        "key": f"draft:{request.user.pk}:{found.pk if found else 0}:{secrets.token_hex(8)}",
        "refusal": refusal,
        "findings": [finding(each) for each in findings],
        "entries": list(entries.about(found)) if found else [],
        **laid_out(drafting.law(), trying.attempt(drafting.law(), given["text"]), as_of(request).day),
    }
    return render(request, "drafts/draft.html", context, status=status)


@requires("rules.draft")
def check(request: HttpRequest) -> HttpResponse:
    """What is to be said of a text while it is being written, as a part to be put into the page of the editor."""
    law = drafting.law()
    tried = trying.attempt(law, request.POST.get("text", "").replace("\r\n", "\n"))
    return render(request, "drafts/tried.html", laid_out(law, tried, as_of(request).day))


# ---- what is said of a text


def laid_out(law: Corpus, tried: Attempt, on: date) -> dict[str, Any]:
    """Mistakes in their places, examples as they come out, the article in words, the difference to the version in force."""
    language = figures.language()
    told: dict[str, Any] = {
        "tried": tried,
        "problems": [mistake(tried.text, each, language) for each in tried.problems],
        "words": None,
    }
    name = tried.article.id if tried.article else trying.name_in(tried.text)
    told["replaces"] = rules_book.row(law.articles[name], on) if name in law.articles else None
    told["difference"] = trying.difference(law.text(name), tried.text) if name in law.articles else []
    if tried.loads and tried.article is not None:
        told["words"] = in_words(tried.law, tried.article, on)
        told["examples"] = [
            {**rules_article.example(tried.law, tried.article, one.example, language), "line": one.example.line,
             "agrees": one.wrong is None, "wrong": one.wrong.say(language) if one.wrong else ""}
            for one in tried.examples
        ]  # fmt: skip
        told["wrong"] = sum(one.wrong is not None for one in tried.examples)
    return told


def in_words(law: Corpus, article: Article, on: date) -> dict[str, Any]:
    """The article as the rulebook would tell it."""
    day = rules_book.day_of(article, on)
    value = article.effect == "value"
    return {
        "article": article,
        "source": article.source.cite(figures.language()),
        "valid": (article.start, article.end),
        "scope": rules_article.clause(law, article, article.scope, day) if article.scope else None,
        "condition": None if value else rules_article.clause(law, article, article.condition, day),
        "figure": inwords.figure(law, article, article.condition, on=day, language=figures.language()) if value else "",
        "steps": list(rules_article.steps(law, article, day)),
        "topic": law.subjects.get(article.topic),
    }


def mistake(text: str, problem: RuleError, language: str) -> dict[str, Any]:
    """A mistake with the lines around it; the stretch that is wrong is marked where it is known."""
    line, column = (problem.place.line, problem.place.column) if problem.place else (None, None)
    lines = text.splitlines()
    around: list[dict[str, Any]] = [
        {"number": number, "text": lines[number - 1][:200], "here": number == line}
        for number in (range(max(1, line - 2), min(len(lines), line + 2) + 1) if line else ())
    ]
    if problem.text and problem.span and line:
        part = problem.text[slice(*problem.span)]
        for row in around:
            before, found, after = (
                row["text"].partition(part) if row["number"] >= line and part.strip() else (row["text"], "", "")
            )
            if found:
                row |= {"before": before, "marked": found, "after": after, "here": True}
                break
    return {"line": line, "column": column, "said": problem.message.say(language), "around": around}


def finding(found: Any) -> dict[str, Any]:
    """A finding that wants a reason: its sentence and the name of its field."""
    return {"key": drafting.finding_key(found), "kind": found["kind"], "text": found["text"], "witness": found.get("witness", {})}


@requires("rules.draft")
def consequences(request: HttpRequest, number: int) -> HttpResponse:
    """What the prover finds with the saved text that it does not find without it: a part that comes a few seconds later."""
    found, law = the_draft(request, number), drafting.law()
    tried, told, trouble = trying.attempt(law, found.text), [], ""
    try:
        told = [finding(each) for each in drafting.consequences(tried)] if tried.loads else []
    except RuleError as problem:
        trouble = problem.say(figures.language())
    accepted = {drafting.finding_key(each): each["reason"] for each in found.acceptances}
    context = {"loads": tried.loads, "findings": [(each, accepted.get(each["key"], "")) for each in told], "trouble": trouble}
    return render(
        request,
        "drafts/consequences.html",
        {**context, "edits": found.author_id == request.user.pk and found.state in drafting.OPEN},
    )


@requires("rules.draft")
def touches(request: HttpRequest, number: int) -> HttpResponse:
    """Whom the saved text would touch, beside whom the version in force touches: counts over those one may count."""
    found, law, on = the_draft(request, number), drafting.law(), as_of(request).day
    tried = trying.attempt(law, found.text)
    context: dict[str, Any] = {"loads": tried.loads, "asked": False}
    article = tried.article
    if tried.loads and article is not None and reports.can_be_asked(tried.law, article):
        reach = authority.reach_of(request.user, act=authority.COUNTING)
        within = None if reach.sees_everything else reach.sees
        with sight_to_count(request):
            after = reports.touched(tried.law, article, on=on, within=within)
            before = reports.touched(law, law.articles[article.id], on=on, within=within) if article.id in law.articles else None
        old = {group.outcome: group for group in before.groups} if before else {}
        context |= {
            "asked": True,
            "groups": [(group, old.get(group.outcome)) for group in after.groups],
            "replaces": before is not None,
            "lacking": [law.facts[fact] for fact in after.lacking],
            "in_force": article.in_force(on),
        }
    return render(request, "drafts/touches.html", context)
