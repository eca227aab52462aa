"""The database's own guards: the last word when everything above has been talked round."""

CLOCK = """
create function sunshine_now() returns timestamptz language sql volatile as $$
  select clock_timestamp() + coalesce((select clock_offset from foundation_installation), interval '0')
$$;
create function clock_only_moves_forward() returns trigger language plpgsql as $$
begin
  if new.clock_offset < old.clock_offset then
    raise exception 'the rehearsal clock only moves forward';
  end if;
  if new.mode is distinct from old.mode then
    raise exception 'an installation keeps its mode';
  end if;
  return new;
end $$;
create trigger clock_forward before update on foundation_installation
  for each row execute function clock_only_moves_forward();
create table sunshine_cache (cache_key varchar(255) primary key, value text not null, expires timestamptz not null);
create index sunshine_cache_expires on sunshine_cache (expires);
"""

STAGES = """
create function stage_moves_only_in_a_step() returns trigger language plpgsql as $$
declare
  was text := '';
begin
  if tg_op = 'UPDATE' then
    was := old.stage;
  end if;
  if not exists (
    select from lifecycle_move m
     where m.lifecycle = tg_argv[0] and m.source = was and m.target = new.stage
       and m.step = current_setting('sunshine.step', true)
  ) then
    raise exception 'no lifecycle step moves % from "%" to "%"', tg_argv[0], was, new.stage
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create function stage_moves_leave_an_event() returns trigger language plpgsql as $$
begin
  if not exists (
    select from audit_event e
     where e.subject = tg_argv[0] || '/' || new.public_id and e.txid = pg_current_xact_id()
  ) then
    raise exception 'a stage of % moved without an event', tg_argv[0] using errcode = 'check_violation';
  end if;
  return null;
end $$;
"""

APPEND_ONLY = """
create function is_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'check_violation';
end $$;
"""


def append_only(table: str) -> str:
    """SQL that refuses UPDATE and DELETE on ``table``."""
    return f"""
    create trigger append_only before update or delete on {table}
      for each row execute function is_append_only();
    create trigger append_only_truncate before truncate on {table}
      for each statement execute function is_append_only();
    """
