import django.core.validators
from django.db import migrations, models

IMMUTABLE = """
create function blob_is_immutable() returns trigger language plpgsql as $$
begin
  raise exception 'a blob never changes' using errcode = 'check_violation';
end $$;
create trigger blob_immutable before update on files_blob
  for each row execute function blob_is_immutable();
"""
MUTABLE = "drop trigger blob_immutable on files_blob; drop function blob_is_immutable();"



class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Blob',
            fields=[
                ('sha256', models.CharField(max_length=64, primary_key=True, serialize=False, validators=[django.core.validators.RegexValidator('\\A[0-9a-f]{64}\\Z')])),
                ('size', models.BigIntegerField()),
                ('media_type', models.CharField(max_length=100)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='blob_has_bytes'), models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='blob_sha256_hex')],
            },
        ),
        migrations.RunSQL(IMMUTABLE, MUTABLE),
    ]
