"""Which body decides on a post is a fact by date: rows of their own in place of a column that was overwritten."""

from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# A twin ends with the moment until which its row was believed: it is written as the row with one value more.
BACK = """
ALTER TABLE registry_post_past RENAME COLUMN known_to TO ended;
ALTER TABLE registry_post_past ADD COLUMN managed_by_id bigint, ADD COLUMN known_to timestamptz;
UPDATE registry_post_past SET known_to = ended;
ALTER TABLE registry_post_past ALTER COLUMN known_to SET NOT NULL, DROP COLUMN ended;
"""


def sql(name: str, back: str = "") -> migrations.RunSQL:
    return migrations.RunSQL((Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8"), back, elidable=False)


def written_by(to: str) -> models.ForeignKey:
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to)


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_record_in_one_call"), ("registry", "0010_carried_over")]

    operations = [
        migrations.CreateModel(
            name="PostManager",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("known_from", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        db_index=False,
                        help_text="null: taken in, not yet confirmed by anyone",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decision", written_by("registry.decision")),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        help_text="the journal entry of the act that wrote this row",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journal.entry",
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="manages", to="registry.organization"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="managers",
                        to="registry.post",
                    ),
                ),
                ("source", written_by("registry.source")),
            ],
            options={"abstract": False},
        ),
        sql("managers", "DROP TABLE registry_postmanager_past"),
        migrations.RemoveField(model_name="post", name="managed_by"),
        migrations.RunSQL(
            "ALTER TABLE registry_post_past DROP COLUMN managed_by_id",
            BACK,
            elidable=False,
        ),
        sql("carry_managers"),
    ]
