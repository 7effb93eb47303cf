"""Headcount as it is handed down: totals of a term, what is delegated, allotted and set aside."""

from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0004_witnesses"),
        ("registry", "0007_delegation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Allotment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("known_from", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("total", "total of a term"),
                            ("delegated", "to hand on"),
                            ("allotted", "for use in the body and beneath it"),
                            ("reserved", "set aside by the body itself"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "staff",
                    models.CharField(
                        choices=[
                            ("officials", "cadres and civil servants"),
                            ("public_employees", "public employees"),
                            ("contract", "contract staff"),
                            ("activists", "non-professional activists"),
                        ],
                        max_length=18,
                    ),
                ),
                ("number", models.IntegerField()),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allotments", to="registry.organization"
                    ),
                ),
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
                    "giver",
                    models.ForeignKey(
                        help_text="null: the total of a term",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allotments_given",
                        to="registry.organization",
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
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("number__gte", 0)), name="allotment_is_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("giver__isnull", True), ("use", "total")),
                            models.Q(models.Q(("use", "total"), _negated=True), ("giver__isnull", False)),
                            _connector="OR",
                        ),
                        name="only_a_total_has_no_giver",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("use", "reserved"), _negated=True), ("giver", models.F("body")), _connector="OR"
                        ),
                        name="a_body_reserves_for_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("use", "delegated"), _negated=True),
                            models.Q(("giver", models.F("body")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_hands_on_to_oneself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid__endswith__isnull", False), ("valid__isempty", False), ("valid__startswith__isnull", False)
                        ),
                        name="allotment_has_first_and_last_day",
                    ),
                ],
            },
        ),
        migrations.RunSQL((Path(__file__).parent / "allotment.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
