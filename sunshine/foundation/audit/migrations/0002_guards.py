from django.db import migrations

from sunshine.foundation.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("foundation", "0002_guards"),
    ]
    operations = [
        # Which transaction wrote the event: the stage guard demands an event of its own transaction.
        migrations.RunSQL(
            "alter table audit_event add column txid xid8 not null default pg_current_xact_id()", migrations.RunSQL.noop
        ),
        migrations.RunSQL(append_only("audit_event"), migrations.RunSQL.noop),
    ]
