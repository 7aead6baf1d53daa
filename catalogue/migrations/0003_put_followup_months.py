import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_referential_change")]

    operations = [
        migrations.AddField(
            model_name="indication",
            name="put_followup_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="follow-up data required every (months)",
            ),
        ),
    ]
