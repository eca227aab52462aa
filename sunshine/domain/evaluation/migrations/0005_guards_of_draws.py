from django.db import migrations

from sunshine.foundation.lifecycle import guard

WRITTEN_ONCE = """
create function draw_is_written_once() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a draw stays';
  end if;
  if (old.announcement, old.policy, old.salt, old.blinded, old.representatives, old.lot_id, old.reveal_minutes)
     is distinct from
     (new.announcement, new.policy, new.salt, new.blinded, new.representatives, new.lot_id, new.reveal_minutes)
     or (old.checkpoint <> '' and old.checkpoint is distinct from new.checkpoint)
     or (old.record <> '{}' and old.record is distinct from new.record) then
    raise exception 'what is written of a draw is never changed';
  end if;
  return new;
end $$;

create function draw_party_is_written_once() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a draw stays';
  end if;
  if (old.draw_id, old.number, old.role, old.person_id) is distinct from (new.draw_id, new.number, new.role, new.person_id)
     or (old.commit <> '' and (old.commit, old.lid, old.body) is distinct from (new.commit, new.lid, new.body))
     or (old.r <> '' and old.r is distinct from new.r) then
    raise exception 'what is written of a draw is never changed';
  end if;
  return new;
end $$;

create trigger written_once before update or delete on evaluation_draw
  for each row execute function draw_is_written_once();
create trigger written_once before update or delete on evaluation_drawparty
  for each row execute function draw_party_is_written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0004_draws"),
    ]
    operations = [
        migrations.RunSQL(guard("draw", "evaluation_draw"), migrations.RunSQL.noop),
        migrations.RunSQL(WRITTEN_ONCE, migrations.RunSQL.noop),
    ]
