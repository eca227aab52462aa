from django.db import migrations

from sunshine.foundation.lifecycle import guard


class Migration(migrations.Migration):
    dependencies = [
        ("sourcing", "0001_initial"),
        ("audit", "0002_guards"),
    ]
    operations = [
        migrations.RunSQL(guard("plan", "sourcing_plan"), migrations.RunSQL.noop),
        migrations.RunSQL(guard("project", "sourcing_project"), migrations.RunSQL.noop),
        migrations.RunSQL(guard("lot", "sourcing_lot"), migrations.RunSQL.noop),
    ]
