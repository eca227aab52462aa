from django.db import migrations

from sunshine.foundation.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("publishing", "0002_initial"),
        ("foundation", "0002_guards"),
    ]
    operations = [
        migrations.RunSQL(append_only("publishing_notice"), migrations.RunSQL.noop),
    ]
