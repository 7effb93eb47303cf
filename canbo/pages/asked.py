"""What is sent to a page, read with care: numbers are digits and not too many; text never holds a null character."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

LONGEST = 18  # digits that a number of the database surely holds


def whole_number(text: str | None) -> int | None:
    """The number that a text writes in plain digits; None for anything else, as for `²` or for one too long."""
    given = (text or "").strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) <= LONGEST else None


def row_number(number: int) -> int:
    """The number of a row from an address. Raises Http404 for one that no row can have."""
    if number >= 10**LONGEST:
        raise Http404(_("There is nothing with the number %(number)s.") % {"number": f"{str(number)[:20]}…"})
    return number


def words(text: str | None, most: int = 200) -> str:
    """Text that was sent, without blanks at its ends and not without end."""
    return (text or "").strip()[:most]


def no_null_characters(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: PostgreSQL keeps no null character, and no address or form of ours has one: refused at the door."""

    def answer(request: HttpRequest) -> HttpResponse:
        if any("\x00" in text for text in texts(request)):
            raise BadRequest("null character")
        return get_response(request)

    return answer


def texts(request: HttpRequest) -> Iterator[str]:
    """Every text of a request: path, parameters, form."""
    yield request.path_info
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            yield name
            yield from (value for value in values if isinstance(value, str))
