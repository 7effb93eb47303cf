"""The second wall asks of many people at once who may be seen. What is seen stays the same."""

from pathlib import Path

from django.db import migrations


def sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_managers_by_date")]
    operations = [migrations.RunSQL(sql("sight_by_sets"), sql("sight_by_rows"), elidable=False)]
