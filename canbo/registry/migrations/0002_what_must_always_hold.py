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


# Who sees what of a person: true = part of the file, false = seen by every body the person ever served in.
SEEN = {"person": False, **{name: name not in {"personname", "credential", "politicaltheory"} for name in ABOUT_A_PERSON}}


def guard(name: str, of_the_file: bool) -> str:
    column = "id" if name == "person" else "person_id"
    return "".join(
        f"SELECT canbo_guard('registry_{table}', '{column}', {str(of_the_file).lower()});" for table in (name, f"{name}_past")
    )


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
        migrations.RunSQL("".join(guard(name, of_the_file) for name, of_the_file in SEEN.items())),
    ]
