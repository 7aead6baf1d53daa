import django.contrib.postgres.fields
from django.db import migrations, models

from dossiers.queries.sites import establishments_named


def name_the_hospitals(apps, schema_editor):
    """Of the decisions proposed before their lines were read."""
    for terms in apps.get_model("dossiers", "ExemptionTerms").objects.iterator():
        terms.establishments = establishments_named(terms.sites)
        terms.save(update_fields=["establishments"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("dossiers", "0019_material_document"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinicianstatement",
            name="shared_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="exemptionterms",
            name="establishments",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.RunPython(name_the_hospitals, migrations.RunPython.noop),
    ]
