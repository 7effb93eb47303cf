"""What is known of a person's development is seen as the file is, asked of many at once."""

from pathlib import Path

from django.db import migrations


def sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("development", "0002_training"), ("registry", "0012_sight_by_sets")]
    operations = [migrations.RunSQL(sql("sight_by_sets"), sql("sight_by_rows"), elidable=False)]
