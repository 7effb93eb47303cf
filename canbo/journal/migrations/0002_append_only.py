from pathlib import Path

from django.db import migrations

TABLES = ("entry", "content", "position", "node", "seal", "checkpoint")


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_the_journal")]

    operations = [
        migrations.RunSQL(
            (Path(__file__).parent / "append_only.sql").read_text(encoding="utf-8"),
            "".join(f"DROP TRIGGER only_grows ON journal_{table};" for table in TABLES) + "DROP FUNCTION journal_only_grows();",
        )
    ]
