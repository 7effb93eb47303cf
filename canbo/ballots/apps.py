"""Ballots as a Django app: secret votes, on the first floor above the journal."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BallotsConfig(AppConfig):
    """Tables of votes; the door is `canbo.ballots.elections`."""

    name = "canbo.ballots"
    label = "ballots"
    verbose_name = _("Ballots")
