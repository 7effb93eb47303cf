"""How other rows find their case, as the model says it; nothing changes in the tables."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0009_evidence"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="case",
            options={"base_manager_name": "objects"},
        ),
    ]
