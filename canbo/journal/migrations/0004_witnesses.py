from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0003_record_in_one_call"),
    ]

    operations = [
        migrations.CreateModel(
            name="Witness",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(help_text="the name it signs with")),
                ("public", models.BinaryField(help_text="its Ed25519 public key, 32 octets")),
                ("body", models.TextField(help_text="the body that it belongs to; a quorum is counted in bodies")),
                ("withdrawn", models.BooleanField(default=False)),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("public__length", 32)), name="journal_witness_key_is_ed25519")
                ],
                "db_table": "journal_witness",
            },
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("text", models.TextField(help_text="the checkpoint without signatures, as cosigned")),
                ("signed_at", models.DateTimeField(help_text="by the clock of the witness; part of what it signed")),
                ("signature", models.BinaryField(help_text="number of the key, moment, Ed25519 signature (tlog-cosignature)")),
                ("received_at", models.DateTimeField(help_text="by the clock of canbo")),
                (
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cosignatures", to="journal.witness"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["size"], name="journal_cosignature_size")],
                "constraints": [
                    models.UniqueConstraint(fields=("witness", "size", "root"), name="journal_cosignature_once"),
                    models.CheckConstraint(condition=models.Q(("signature__length", 76)), name="journal_cosignature_is_whole"),
                ],
                "db_table": "journal_cosignature",
            },
        ),
        migrations.RunSQL(
            (Path(__file__).parent / "witnesses.sql").read_text(encoding="utf-8"),
            "DROP TRIGGER only_grows ON journal_witness; DROP TRIGGER only_grows ON journal_cosignature;",
        ),
    ]
