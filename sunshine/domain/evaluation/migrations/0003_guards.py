from django.db import migrations

from sunshine.foundation.lifecycle import guard


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0002_initial"),
        ("audit", "0002_guards"),
    ]
    operations = [
        migrations.RunSQL(guard("member", "evaluation_panelmember"), migrations.RunSQL.noop),
    ]
