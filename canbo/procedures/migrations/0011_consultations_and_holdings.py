"""Consultations on scenarios, and what bodies hold: who has each thing on which day, and how it was handed over."""

from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0004_witnesses"),
        ("procedures", "0010_case_manager"),
        ("registry", "0008_allotment"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="scenarioline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("create", "Create"),
                    ("merge", "Merge"),
                    ("divide", "Divide"),
                    ("dissolve", "Dissolve"),
                    ("move", "Move"),
                    ("tasks", "Tasks"),
                    ("posts", "Posts"),
                    ("people", "People"),
                    ("holdings", "Holdings"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Consultation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("question", models.TextField()),
                ("opens", models.DateField()),
                ("closes", models.DateField(help_text="the last day on which one answers")),
                ("digest", models.CharField(help_text="SHA-256 of the lines that were shown", max_length=64)),
                ("offers", models.JSONField(default=list)),
                ("summary", models.JSONField(help_text="counts, once it is closed", null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
                    "opened_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "scenario",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consultations", to="procedures.scenario"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("scenario", "round"), name="consultation_rounds_follow"),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)), fields=("scenario",), name="one_consultation_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes__gte", models.F("opens"))), name="consultation_lasts_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closed_by__isnull", True), ("summary__isnull", True)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False), ("summary__isnull", False)),
                            _connector="OR",
                        ),
                        name="closed_consultation_has_a_summary",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Consulted",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("told", models.JSONField(default=dict)),
                (
                    "consultation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consulted", to="procedures.consultation"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.organization"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="consulted", to="registry.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("person__isnull", False)), fields=("consultation", "person"), name="person_asked_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("person__isnull", True)),
                        fields=("consultation", "organization"),
                        name="body_asked_once",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Custody",
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
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holdings", to="registry.organization"
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
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("listed", models.DecimalField(decimal_places=2, max_digits=18)),
                ("counted", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ("remark", models.CharField(blank=True, max_length=400)),
                ("given_by", models.CharField(blank=True, help_text="who handed it over, by name", max_length=120)),
                ("received_by", models.CharField(blank=True, help_text="who received it, by name", max_length=120)),
                ("lapsed", models.BooleanField(default=False)),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "custody",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handover", to="procedures.custody"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
                (
                    "giver",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.organization"),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="registry.organization"
                    ),
                ),
                (
                    "scenario",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="procedures.scenario"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at__isnull", True), ("confirmed_by__isnull", True), ("counted__isnull", True)),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("confirmed_by__isnull", False),
                                ("counted__isnull", False),
                                models.Q(("received_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="handover_confirmed_by_name",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("known_from", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("kind", models.SlugField(max_length=30)),
                ("number", models.CharField(blank=True, help_text="in the inventory of its holder", max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("quantity", models.DecimalField(decimal_places=2, default=1, max_digits=18)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("condition", models.CharField(blank=True, max_length=200)),
                ("life", django.contrib.postgres.fields.ranges.DateRangeField()),
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
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.source"
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        help_text="which it serves: it goes with it",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.task",
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="holding_is_more_than_none")]
            },
        ),
        migrations.AddField(
            model_name="custody",
            name="holding",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="custody", to="procedures.holding"),
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField(help_text="1 for the first answer, 2 for the next")),
                (
                    "view",
                    models.CharField(
                        choices=[("agree", "agrees"), ("against", "does not agree"), ("other", "has another view")], max_length=8
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("far", models.BooleanField(default=False, help_text="whether distance matters")),
                ("wishes", models.JSONField(default=list)),
                ("said_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(help_text="when it was changed or withdrawn", null=True)),
                (
                    "consulted",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="opinions", to="procedures.consulted"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
                (
                    "said_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("consulted", "place"), name="opinions_follow"),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)), fields=("consulted",), name="one_opinion_at_a_time"
                    ),
                ]
            },
        ),
        *[
            migrations.RunSQL((Path(__file__).parent / name).read_text(encoding="utf-8"), elidable=False)
            for name in ("consulting.sql", "holdings.sql")
        ],
    ]
