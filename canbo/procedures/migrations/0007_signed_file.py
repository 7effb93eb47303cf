"""The PDF that a certificate signed is kept with its ruling, and seen by whoever sees that."""

import django.db.models.deletion
from django.db import migrations, models

SEEN = """
DROP POLICY seen ON procedures_stored;
CREATE POLICY seen ON procedures_stored FOR SELECT USING (
    EXISTS (SELECT FROM procedures_document d WHERE d.sha256 = procedures_stored.sha256)
    OR EXISTS (SELECT FROM procedures_paper p WHERE p.sha256 = procedures_stored.sha256){more});
"""
SIGNED = "\n    OR EXISTS (SELECT FROM procedures_ruling r WHERE r.signed_file_id = procedures_stored.sha256)"
# As in cases.sql, and the file with the rest of what was signed.
STAYS = """
CREATE FUNCTION procedures_signed_file_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'drawn' AND NEW.signed_file_id IS DISTINCT FROM OLD.signed_file_id THEN
        PERFORM procedures_refuse('signed_ruling_stays', 'What was signed stays as it was signed.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed_file_stays BEFORE UPDATE ON procedures_ruling
    FOR EACH ROW EXECUTE FUNCTION procedures_signed_file_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("procedures", "0006_walls")]

    operations = [
        migrations.AddField(
            "ruling",
            "signed_file",
            models.ForeignKey(
                help_text="the PDF, where a certificate signed",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="procedures.stored",
            ),
        ),
        migrations.RunSQL(SEEN.format(more=SIGNED), SEEN.format(more=""), elidable=False),
        migrations.RunSQL(
            STAYS,
            "DROP TRIGGER signed_file_stays ON procedures_ruling; DROP FUNCTION procedures_signed_file_stays",
            elidable=False,
        ),
    ]
