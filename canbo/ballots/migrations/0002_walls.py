from pathlib import Path

from django.db import migrations

FUNCTIONS = ("only_grows", "goes_forward", "roll_is_frozen", "issued_to_the_present", "only_while_open")


class Migration(migrations.Migration):
    dependencies = [("ballots", "0001_ballots")]

    operations = [
        migrations.RunSQL(
            (Path(__file__).parent / "walls.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION ballots_{name}() CASCADE;" for name in FUNCTIONS) + "DROP FUNCTION ballots_state(bigint);",
        )
    ]
