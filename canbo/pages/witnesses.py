"""What witnesses in other bodies ask for and hand in. Open to all: it holds a number and hashes, and nothing personal."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, RawPostDataException
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from canbo.journal import keys, verifier, witnessing
from canbo.pages import asked
from canbo.pages.access import open_to_all

MOST_OCTETS = 20_000
TEXT = "text/plain; charset=utf-8"


@open_to_all
@never_cache
@require_GET
def head(request: HttpRequest) -> HttpResponse:
    """The newest head of the journal, with the proof that it continues the one of `old` entries."""
    get_token(request)  # whoever asks may hand in afterwards, with this token
    old = asked.whole_number(request.GET.get("old")) or 0
    try:
        return HttpResponse(witnessing.offer(old), content_type=TEXT)
    except keys.KeyProblem as problem:
        return HttpResponse(str(problem), content_type=TEXT, status=503)


@open_to_all
@require_POST
def cosignatures(request: HttpRequest) -> HttpResponse:
    """Keep what a registered witness cosigned; anything else is refused. The signature says who it is from."""
    try:
        if int(request.headers.get("Content-Length") or MOST_OCTETS + 1) > MOST_OCTETS:
            raise verifier.Unreadable(_("That is too long for a checkpoint."))
        with transaction.atomic():
            kept = witnessing.accept(request.body.decode("utf-8"))
    except RawPostDataException:  # a form was read as a form before it came here
        return HttpResponse(_("Send the checkpoint as plain text, not as a form."), content_type=TEXT, status=422)
    except (witnessing.NotAccepted, verifier.Unreadable, UnicodeDecodeError, ValueError) as problem:
        return HttpResponse(str(problem), content_type=TEXT, status=422)
    return HttpResponse(", ".join(f"{each.witness} {each.size}" for each in kept) + "\n", content_type=TEXT)
