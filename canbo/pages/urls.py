"""The addresses of pages. Each view declares its act (pages/access.py)."""

from django.urls import path

from canbo.pages import (
    cases,
    claims,
    gallery,
    home,
    journal,
    organizations,
    people,
    rules,
    rules_findings,
    rules_search,
    search,
    sign_in,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("search", search.search, name="search"),
    path("organizations", organizations.tree, name="organizations"),
    path("organizations/branch", organizations.branch, name="branch"),
    path("organizations/<path:code>", organizations.organization, name="organization"),
    path("changes", organizations.changes, name="changes"),
    path("people", people.listing, name="people"),
    path("people/me", people.me, name="me"),
    path("people/<int:number>", people.person, name="person"),
    path("people/<int:number>/may", people.may_hold, name="may"),
    path("people/<int:number>/nominate", cases.nominate, name="nominate"),
    path("cases", cases.listing, name="cases"),
    path("cases/<int:number>", cases.case, name="case"),
    path("claims", claims.claims, name="claims"),
    path("rules", rules.listing, name="rules"),
    path("rules/findings", rules_findings.findings, name="findings"),
    path("rules/search", rules_search.law_search, name="law_search"),
    path("rules/topics/<slug:name>", rules.topic, name="topic"),
    path("rules/touched/<path:name>", rules.touched, name="touched"),
    path("rules/<path:name>", rules.article, name="article"),
    path("journal", journal.journal, name="journal"),
    path("journal/checkpoint", journal.checkpoint, name="checkpoint"),
    path("journal/verify", journal.verify, name="verify"),
    path("journal/<int:number>/proof", journal.proof, name="proof"),
    path("demo/sign-in", sign_in.demo_sign_in, name="demo_sign_in"),
    path("_ui", gallery.gallery, name="gallery"),
]
