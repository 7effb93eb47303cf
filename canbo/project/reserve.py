"""A full disk stops PostgreSQL; so writes from pages are refused while the reserve is still there, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.project.database.problems import DatabaseProblem
from canbo.project.database.space import require_free_space

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def keep_reserve(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 503 with a plain sentence to whatever would write when the disk has only its reserve left."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method not in READING:
            try:
                require_free_space()
            except DatabaseProblem as problem:
                return render(request, "503.html", {"sentence": str(problem)}, status=503)
        return get_response(request)

    return answer
