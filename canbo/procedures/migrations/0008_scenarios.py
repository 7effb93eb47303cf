"""Scenarios of reorganisation: their lines, who waits for a post, and open cases that go on with the post they are about."""

from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0004_witnesses"),
        ("procedures", "0007_signed_file"),
        ("registry", "0007_delegation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Scenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.SlugField(max_length=60, unique=True)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("base", models.DateField(help_text="the day whose register it starts from")),
                ("on", models.DateField(help_text="first day of the new state")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "being worked out"),
                            ("proposed", "waits for a second person"),
                            ("approved", "may be carried out on its day"),
                            ("carried_out", "holds"),
                            ("undone", "was carried out and taken back"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField(blank=True, help_text="why, in the owner's words")),
                ("digest", models.CharField(blank=True, help_text="SHA-256 of the lines as they were proposed", max_length=64)),
                (
                    "done",
                    models.JSONField(
                        default=dict, help_text="moments and entries of the carrying-out, and the open cases as they were before"
                    ),
                ),
                ("undone_on", models.DateField(help_text="the day from which the former state is back", null=True)),
                ("saved_at", models.DateTimeField(auto_now=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scenarios", to="registry.organization"
                    ),
                ),
                (
                    "carried_entry",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.decision"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        help_text="of the last act",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journal.entry",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "undone_entry",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-saved_at"], name="scenario_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("owner")), _negated=True),
                            _connector="OR",
                        ),
                        name="scenario_approved_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_by__isnull", True),
                                ("carried_entry__isnull", True),
                                ("state__in", ["draft", "proposed"]),
                            ),
                            models.Q(
                                ("approved_by__isnull", False),
                                ("carried_entry__isnull", True),
                                ("decision__isnull", False),
                                ("state", "approved"),
                            ),
                            models.Q(
                                ("approved_by__isnull", False),
                                ("carried_entry__isnull", False),
                                ("state", "carried_out"),
                                ("undone_on__isnull", True),
                            ),
                            models.Q(
                                ("carried_entry__isnull", False),
                                ("state", "undone"),
                                ("undone_entry__isnull", False),
                                ("undone_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="scenario_carried_out_once_approved",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScenarioLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("create", "Create"),
                            ("merge", "Merge"),
                            ("divide", "Divide"),
                            ("dissolve", "Dissolve"),
                            ("move", "Move"),
                            ("tasks", "Tasks"),
                            ("posts", "Posts"),
                            ("people", "People"),
                        ],
                        max_length=8,
                    ),
                ),
                ("says", models.JSONField()),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
                    ),
                ),
                (
                    "scenario",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="procedures.scenario"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("scenario", "place"), name="scenario_line_in_its_place")],
                "ordering": ["place"],
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("known_from", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("placement", "waits to be placed"),
                            ("appointment", "waits to be appointed by a decision of its own"),
                            ("training", "is sent to be trained"),
                            ("retirement", "retires early"),
                            ("severance", "leaves the service"),
                        ],
                        max_length=12,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=80)),
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
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.job"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="waiting", to="registry.person"),
                ),
                ("post", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.post")),
                (
                    "scenario",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waiting", to="procedures.scenario"
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
        migrations.RunSQL((Path(__file__).parent / "scenarios.sql").read_text(encoding="utf-8"), elidable=False),
    ]
