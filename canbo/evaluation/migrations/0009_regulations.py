"""The regulation of a public service unit."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0008_abandoned"),
        ("journal", "0004_witnesses"),
        ("registry", "0010_carried_over"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Regulation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField()),
                ("weights", models.JSONField()),
                ("leading", models.JSONField()),
                ("general", models.JSONField(null=True)),
                ("number", models.CharField(max_length=100)),
                ("dated", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "waits for a second person"), ("approved", "in force"), ("withdrawn", "withdrawn")],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("drafted_on", models.DateField()),
                ("approved_on", models.DateField(null=True)),
                ("until", models.DateField(null=True)),
                ("withdrawn_on", models.DateField(null=True)),
                (
                    "withdrawn_basis",
                    models.CharField(blank=True, default="", help_text="the text by which it was withdrawn", max_length=300),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.organization"),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft"), _negated=True),
                        fields=("organization", "since"),
                        name="one_regulation_from_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_by__isnull", True), ("state", "draft")),
                            models.Q(
                                models.Q(("state", "draft"), _negated=True),
                                ("approved_by__isnull", False),
                                ("approved_on__isnull", False),
                                models.Q(("approved_by", models.F("drafted_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="regulation_approved_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state", "withdrawn"), _negated=True),
                                ("until__isnull", True),
                                ("withdrawn_by__isnull", True),
                            ),
                            models.Q(
                                ("state", "withdrawn"),
                                ("until__gte", models.F("since")),
                                ("withdrawn_by__isnull", False),
                                ("withdrawn_on__isnull", False),
                                models.Q(("withdrawn_basis", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="regulation_withdrawn_whole",
                    ),
                ],
            },
        ),
        migrations.RunSQL(Path(__file__).with_name("regulations.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
