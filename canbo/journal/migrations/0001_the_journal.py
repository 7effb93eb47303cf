import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "key",
                    models.TextField(help_text="idempotency key: an act with a key is recorded once", null=True),
                ),
                ("act", models.TextField(help_text="what was done, as room.verb")),
                (
                    "by_id",
                    models.BigIntegerField(help_text="account that acted; null: the system itself", null=True),
                ),
                ("by_label", models.TextField(help_text="how that account was called when it acted")),
                ("about_kind", models.TextField(null=True)),
                ("about_id", models.TextField(null=True)),
                (
                    "on_day",
                    models.DateField(help_text="the day for which the act holds; null: none", null=True),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(help_text="by the clock of the database; order is by position, never by clock"),
                ),
                (
                    "commitment",
                    models.BinaryField(help_text="SHA-256(salt || content); null: no content", null=True),
                ),
                ("leaf_hash", models.BinaryField(help_text="leaf of the tree: hash of all the above")),
            ],
            options={
                "indexes": [models.Index(fields=["about_kind", "about_id", "id"], name="journal_entry_about")],
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="journal_entry_key_once"),
                    models.CheckConstraint(condition=models.Q(("leaf_hash__length", 32)), name="journal_entry_leaf_is_a_hash"),
                    models.CheckConstraint(
                        condition=models.Q(("commitment__isnull", True), ("commitment__length", 32), _connector="OR"),
                        name="journal_entry_commitment_is_a_hash",
                    ),
                ],
                "db_table": "journal_entry",
            },
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey("level", "index", blank=True, editable=False, primary_key=True, serialize=False),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "db_table": "journal_node",
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("leaf_hash", models.BinaryField()),
            ],
            options={
                "db_table": "journal_position",
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                (
                    "settled",
                    models.BigIntegerField(help_text="no entry with this id or a lower one can still arrive"),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "journal_seal",
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("origin", models.TextField()),
                ("note", models.TextField(help_text="text and signature, as given to those who keep it")),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "journal_checkpoint",
                "indexes": [models.Index(models.OrderBy(models.F("size"), descending=True), name="journal_checkpoint_size")],
            },
        ),
        migrations.CreateModel(
            name="Content",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="journal.entry",
                    ),
                ),
                (
                    "salt",
                    models.BinaryField(help_text="32 secret octets, so that the commitment betrays nothing"),
                ),
                (
                    "payload",
                    models.TextField(help_text="canonical JSON, octet for octet what the commitment was made over"),
                ),
            ],
            options={
                "db_table": "journal_content",
            },
        ),
        migrations.AddField(
            model_name="position",
            name="entry",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sealed",
                to="journal.entry",
            ),
        ),
    ]
