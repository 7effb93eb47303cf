"""Temporal keys, the memory of what was known, and row-level security."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent
ABOUT_A_PERSON = [
    "personname", "kinship", "nonedeclared", "credential", "politicaltheory", "languageskill", "training",
    "rating", "reward", "sanction", "declaration", "salarystep",
]  # fmt: skip
REMEMBERED = [
    "organization", "organizationname", "organizationcode", "organizationstatus", "organizationparent",
    "changeevent", "remit", "post", "seat", "membership", "person", "grant", *ABOUT_A_PERSON,
]  # fmt: skip


def sql(name: str) -> str:
    return (HERE / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [
        migrations.RunSQL(sql("constraints"), elidable=False),
        migrations.RunSQL(sql("membership_constraints"), elidable=False),
        migrations.RunSQL(sql("history"), elidable=False),
        migrations.RunSQL("".join(f"SELECT registry_keep_past('registry_{name}');" for name in REMEMBERED)),
        migrations.RunSQL(sql("sight"), elidable=False),
        migrations.RunSQL(
            "SELECT canbo_guard('registry_person', 'id'); SELECT canbo_guard('registry_person_past', 'id');"
            + "".join(
                f"SELECT canbo_guard('registry_{name}', 'person_id'); SELECT canbo_guard('registry_{name}_past', 'person_id');"
                for name in ABOUT_A_PERSON
            )
        ),
    ]
