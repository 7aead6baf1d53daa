"""A dossier may name other organisations than its owner, before any person of theirs has acted."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0008_filing_meeting"),
    ]

    operations = [
        migrations.AddField(
            model_name="party",
            name="organisation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="parties",
                to="accounts.organisation",
            ),
        ),
        migrations.RunSQL(
            "UPDATE dossiers_party SET organisation_id = membership.organisation_id "
            "FROM accounts_membership membership WHERE membership.id = dossiers_party.membership_id",
            migrations.RunSQL.noop,
        ),
        # The rows just written have checks pending on their keys: done now, so that the column may be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="party",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="parties", to="accounts.organisation"
            ),
        ),
        migrations.AlterField(
            model_name="party",
            name="membership",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="accounts.membership",
            ),
        ),
        migrations.RemoveConstraint(model_name="party", name="one_party_per_role"),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.UniqueConstraint(fields=("dossier", "role", "organisation"), name="one_party_per_role"),
        ),
    ]
