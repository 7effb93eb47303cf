"""What can be wrong with the database, said in one sentence to the person who meets it."""

from __future__ import annotations

import gettext as catalogues
import os
import sys
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]


class DatabaseProblem(Exception):
    """One sentence: what was found, what was expected, what to do. Shown as it is to the reader."""


def _(text: str) -> str:
    """Translate `text` with Django when it is ready, else with the same catalogue read directly.

    The settings themselves ask for the database, so that these sentences may be needed before Django is set up.
    """
    apps = sys.modules.get("django.apps")
    if apps is not None and apps.apps.ready:
        from django.utils.translation import gettext

        return gettext(text)
    return _catalogue().gettext(text)


@lru_cache(maxsize=1)
def _catalogue() -> catalogues.NullTranslations:
    """The catalogue of the language named by CANBO_LANG, else by LANGUAGE, LC_ALL, LC_MESSAGES or LANG."""
    named = os.environ.get("CANBO_LANG")
    for folder in (PACKAGE.parent / "locale", PACKAGE / "_library" / "locale"):
        if folder.is_dir():
            return catalogues.translation("django", localedir=folder, languages=[named] if named else None, fallback=True)
    return catalogues.NullTranslations()
