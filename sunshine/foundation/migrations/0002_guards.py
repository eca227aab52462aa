from django.db import migrations

from sunshine.foundation import sql


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(sql.CLOCK, migrations.RunSQL.noop),
        migrations.RunSQL(sql.STAGES, migrations.RunSQL.noop),
        migrations.RunSQL(sql.APPEND_ONLY, migrations.RunSQL.noop),
    ]
