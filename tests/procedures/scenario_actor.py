"""Carries a scenario out, one octet into the diary after each statement; it waits a moment there, to be killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any


def main(register: str, name: str, diary: Path) -> None:
    import django

    django.setup()
    from django.db import connection, connections

    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = register
    from canbo.procedures.scenarios import acting
    from canbo.registry import authority, intake

    def told(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        with diary.open("ab") as file:
            file.write(b".")
        time.sleep(0.005)
        return result

    console = intake.console()
    with connection.execute_wrapper(told), authority.sight(console):
        acting.apply(scenario=acting.named(name, reader=console), by=console)
    time.sleep(60)  # whoever is to be killed is not done


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
