"""What a worker makes ready beside its first answers, so that no reader waits for it: the rulebook and its index."""

from __future__ import annotations

import gc
import logging
import threading

log = logging.getLogger(__name__)


def begin() -> threading.Thread:
    """Make ready in a thread of its own; returns at once."""
    thread = threading.Thread(target=_make_ready, name="canbo-warm", daemon=True)
    thread.start()
    return thread


def _make_ready() -> None:
    from datetime import date

    from django.conf import settings

    from canbo.rules import corpus, passages
    from canbo.rules.explain import explain

    try:
        law = corpus.opened(settings.CANBO_RULEBOOK)
        explain(law, topic="appointment", facts={}, on=date.today(), changes=False)
        passages.of(law)
    except Exception as fault:  # the page that needs it will say what is wrong
        log.warning("The rulebook could not be made ready: %s", fault)
    gc.collect()
    gc.freeze()  # what stays for the life of a worker is not gone through again and again: a fifth of what large pages cost
