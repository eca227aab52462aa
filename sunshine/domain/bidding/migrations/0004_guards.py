from django.db import migrations

from sunshine.foundation.lifecycle import guard


class Migration(migrations.Migration):
    dependencies = [
        ("bidding", "0003_initial"),
        ("audit", "0002_guards"),
    ]
    operations = [
        migrations.RunSQL(guard("bid", "bidding_sealedbid"), migrations.RunSQL.noop),
    ]
