"""The journal as a Django app: memory of every act, on the first floor."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    """Tables of the journal; its door is `canbo.journal.entries`."""

    name = "canbo.journal"
    label = "journal"
    verbose_name = _("Journal")
