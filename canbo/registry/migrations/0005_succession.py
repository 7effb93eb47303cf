"""Places in succession plans; the packed columns hear of every record that decides on a candidate."""

from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0003_record_in_one_call"),
        ("registry", "0004_statistics"),
    ]

    operations = [
        migrations.AlterField(
            model_name="nonedeclared",
            name="topic",
            field=models.CharField(
                choices=[
                    ("kinship", "Kinship"),
                    ("credential", "Credential"),
                    ("political_theory", "Political Theory"),
                    ("language", "Language"),
                    ("training", "Training"),
                    ("reward", "Reward"),
                    ("sanction", "Sanction"),
                    ("declaration", "Declaration"),
                    ("succession", "Succession"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Succession",
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
                (
                    "decision",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.decision"
                    ),
                ),
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="registry.person"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="successions", to="registry.post"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.source"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RunSQL((Path(__file__).parent / "succession.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
