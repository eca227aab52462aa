import django.db.models.lookups
import sunshine.foundation.ids
from django.db import migrations, models


GUARD = """
create function certificate_only_ever_gets_revoked() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a certificate is kept for ever' using errcode = 'check_violation';
  end if;
  if old.revoked_at is not null
     or to_jsonb(new) - 'revoked_at' - 'revoked_by' is distinct from to_jsonb(old) - 'revoked_at' - 'revoked_by' then
    raise exception 'a certificate changes only once, by revocation' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger certificate_guard before update or delete on vault_certificate
  for each row execute function certificate_only_ever_gets_revoked();
"""
NO_GUARD = "drop trigger certificate_guard on vault_certificate; drop function certificate_only_ever_gets_revoked();"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', sunshine.foundation.ids.PublicIdField(editable=False, max_length=16, prefix='C', unique=True)),
                ('person_ref', models.CharField(db_index=True, max_length=16)),
                ('organisation_ref', models.CharField(db_index=True, max_length=16)),
                ('serial', models.CharField(max_length=40)),
                ('subject', models.TextField()),
                ('issuer', models.TextField()),
                ('not_before', models.DateTimeField()),
                ('not_after', models.DateTimeField()),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('key_sha256', models.CharField(db_index=True, max_length=64)),
                ('pem', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_by', models.CharField(max_length=16, null=True)),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'constraints': [models.UniqueConstraint(fields=('issuer', 'serial'), name='certificate_issuer_serial'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at', None), ('revoked_by', None)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='certificate_revoked_pair')],
            },
        ),
        migrations.CreateModel(
            name='Keyring',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_ref', models.CharField(max_length=16, unique=True)),
                ('version', models.PositiveIntegerField(default=0)),
                ('blob', models.BinaryField()),
                ('updated_on', models.DateField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func('blob', function='octet_length', output_field=models.IntegerField()), 262374), name='keyring_equal_size')],
            },
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
