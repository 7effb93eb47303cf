"""A round of many sides that is given up."""

from pathlib import Path

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0007_sides")]

    operations = [
        migrations.AddField("round", "why", models.CharField(blank=True, default="", max_length=1000)),
        migrations.AlterField(
            "round",
            "state",
            models.CharField(
                choices=[("open", "Open"), ("closed", "Closed"), ("abandoned", "Abandoned")], default="open", max_length=9
            ),
        ),
        migrations.AddConstraint(
            "round",
            models.CheckConstraint(
                condition=models.Q(("state", "abandoned"), ("why", ""), _connector="XOR"), name="given_up_for_a_reason"
            ),
        ),
        migrations.RunSQL(Path(__file__).with_name("abandoned.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
