"""A search by name that the index of names answers."""

from pathlib import Path

from django.db import migrations

FIND = (Path(__file__).parent / "find_people.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_succession")]
    operations = [migrations.RunSQL(FIND, migrations.RunSQL.noop)]
