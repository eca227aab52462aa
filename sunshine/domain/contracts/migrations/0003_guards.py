from django.db import migrations

from sunshine.foundation.lifecycle import guard


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0002_initial"),
        ("audit", "0002_guards"),
    ]
    operations = [
        migrations.RunSQL(guard("objection", "contracts_objection"), migrations.RunSQL.noop),
        migrations.RunSQL(guard("contract", "contracts_contract"), migrations.RunSQL.noop),
    ]
