import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cohort", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="InclusionKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("actor_key", models.CharField(max_length=80)),
                ("request_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "inclusion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="cohort.inclusion"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("actor_key", "key"), name="one_inclusion_per_key"),
                ],
            },
        ),
    ]
