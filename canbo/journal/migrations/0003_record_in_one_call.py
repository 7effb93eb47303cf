from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            (Path(__file__).parent / "record.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION journal_record",
        ),
        migrations.AlterField(
            model_name="content",
            name="entry",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                primary_key=True,
                related_name="content",
                serialize=False,
                to="journal.entry",
            ),
        ),
    ]
