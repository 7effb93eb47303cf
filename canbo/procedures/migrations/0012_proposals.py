"""Rounds of who goes where: hands, proposals, whom they name."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0004_witnesses"),
        ("procedures", "0011_consultations_and_holdings"),
        ("registry", "0008_allotment"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("scenario", "who goes where in a scenario"),
                            ("rotation", "who has to move, among the posts that fall due together"),
                            ("vacancies", "which moves fill vacancies, and the posts that these leave"),
                        ],
                        max_length=9,
                    ),
                ),
                ("on", models.DateField(help_text="the day for which it is asked")),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rounds", to="registry.organization"
                    ),
                ),
                (
                    "scenario",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="round", to="procedures.scenario"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("scenario", None)),
                        fields=("kind", "body", "on"),
                        name="round_once_for_a_body_and_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "scenario"), ("scenario__isnull", False)),
                            models.Q(models.Q(("kind", "scenario"), _negated=True), ("scenario__isnull", True)),
                            _connector="OR",
                        ),
                        name="round_of_a_scenario_names_it",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waits for a person"),
                            ("accepted", "was accepted"),
                            ("overtaken", "was asked anew since"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("question", models.CharField(max_length=64)),
                ("lot", models.CharField(max_length=200)),
                ("found", models.JSONField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "accepted",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="procedures.round"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("round",), name="proposal_open_once_a_round"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted__isnull", False), ("state", "accepted")),
                            models.Q(models.Q(("state", "accepted"), _negated=True), ("accepted__isnull", True)),
                            _connector="OR",
                        ),
                        name="proposal_accepted_by_an_entry",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Hand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("post", models.CharField(max_length=160)),
                ("says", models.CharField(choices=[("pin", "goes there"), ("apart", "does not go there")], max_length=5)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
                (
                    "lifted",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"),
                ),
                (
                    "round",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="hands", to="procedures.round"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="hand_with_a_reason"),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted", None), ("says", "pin")),
                        fields=("round", "person"),
                        name="hand_puts_a_person_once",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Proposed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("post", models.CharField(blank=True, max_length=160)),
                ("chain", models.PositiveIntegerField(default=0)),
                ("link", models.PositiveIntegerField(default=0)),
                ("hand", models.BooleanField(default=False)),
                ("told", models.JSONField(default=dict)),
                (
                    "before",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.post"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="procedures.case"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"),
                ),
                (
                    "proposal",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="procedures.proposal"),
                ),
            ],
            options={
                "ordering": ["chain", "link", "pk"],
                "constraints": [models.UniqueConstraint(fields=("proposal", "person"), name="proposed_once")],
            },
        ),
        migrations.RunSQL((Path(__file__).parent / "proposals.sql").read_text(encoding="utf-8"), elidable=False),
    ]
