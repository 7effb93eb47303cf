"""Which persons changed since the columns for counting were taken; age in completed years."""

from pathlib import Path

from django.db import migrations

UNDO = """
DROP FUNCTION registry_age(date, date);
DROP FUNCTION registry_feed_person() CASCADE;
DROP FUNCTION registry_feed_from(text, text);
DROP TABLE registry_personfeed;
DROP TABLE registry_snapshot;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_what_must_always_hold")]
    operations = [
        migrations.RunSQL((Path(__file__).parent / "person_feed.sql").read_text(encoding="utf-8"), UNDO),
    ]
