from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "canbo.procedures"
    label = "procedures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """From here on, the rulebook is opened with the installation's own articles, as far as the journal knows them."""
        from canbo.rules.corpus import Overlay, lay_over

        lay_over(Overlay(_folder, _passed))


def _folder() -> Path:
    from canbo.procedures import drafting

    return drafting.folder()


def _passed() -> Collection[str]:
    from canbo.procedures import drafting

    return drafting.passed()
