"""Posts that go over whole are moved as one set; remits are found by body first."""

from pathlib import Path

from django.db import migrations

BACK = """
ALTER TABLE registry_remit DROP CONSTRAINT remit_stated_once;
ALTER TABLE registry_remit ADD CONSTRAINT remit_stated_once UNIQUE (task_id, organization_id, valid WITHOUT OVERLAPS);
DROP FUNCTION registry_carry_over(bigint[], bigint[], bigint[], date, bigint, bigint, bigint);
DROP FUNCTION registry_close_and_open(date, timestamptz, bigint, bigint, bigint);
DROP FUNCTION registry_look_at_carried();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_once_in_post")]
    operations = [migrations.RunSQL((Path(__file__).parent / "carry_over.sql").read_text(encoding="utf-8"), BACK)]
