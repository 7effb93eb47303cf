"""Sessions in the database, as Django keeps them; the question that every page asks is built once."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore as Kept
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from canbo.registry.compiled import Compiled


def _standing(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


_session = Compiled(_standing)


class SessionStore(Kept):
    """What a reader's session holds. Django finds the class by its name."""

    def _get_session_from_db(self) -> Session | None:
        found = _session.first(key=str(self.session_key), now=timezone.now())
        if found is None:
            self._session_key = None
        return found
