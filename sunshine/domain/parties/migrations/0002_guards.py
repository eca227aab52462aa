from django.db import migrations

from sunshine.foundation.lifecycle import guard


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0001_initial"),
        ("audit", "0002_guards"),
    ]
    operations = [
        migrations.RunSQL(guard("organisation", "parties_organisation"), migrations.RunSQL.noop),
        migrations.RunSQL(guard("expert", "parties_expert"), migrations.RunSQL.noop),
    ]
