from django.db import migrations

from sunshine.foundation.sql import append_only

WAIT = """
create function event_waits_for_its_place() returns trigger language plpgsql as $$
begin
  insert into tlog_waiting (event_id) values (new.id);
  return null;
end $$;
create trigger waits_for_the_log after insert on audit_event
  for each row execute function event_waits_for_its_place();
insert into tlog_waiting (event_id) select id from audit_event;
"""

GROW = """
alter table tlog_storedtile alter column content set storage external;
create function log_only_grows() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'the log only grows' using errcode = 'check_violation';
  end if;
  if tg_table_name = 'tlog_head' then
    if new.size < old.size then
      raise exception 'the log only grows' using errcode = 'check_violation';
    end if;
  elsif (new.level, new.index) is distinct from (old.level, old.index)
     or substring(new.content from 1 for length(old.content)) is distinct from old.content then
    raise exception 'the log only grows' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger only_grows before update or delete on tlog_storedtile
  for each row execute function log_only_grows();
create trigger only_grows before update or delete on tlog_head
  for each row execute function log_only_grows();
create trigger no_truncate before truncate on tlog_storedtile
  for each statement execute function is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tlog", "0001_initial"),
        ("audit", "0002_guards"),
    ]
    operations = [
        migrations.RunSQL(WAIT, migrations.RunSQL.noop),
        migrations.RunSQL(GROW, migrations.RunSQL.noop),
        migrations.RunSQL(append_only("tlog_leaf"), migrations.RunSQL.noop),
    ]
