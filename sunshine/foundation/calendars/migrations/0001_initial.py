from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CalendarOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("statutory_holiday", "statutory_holiday"),
                            ("weekend", "weekend"),
                            ("makeup_workday", "makeup_workday"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.CharField(max_length=200)),
                ("set_by", models.CharField(max_length=16)),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["day"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["statutory_holiday", "weekend", "makeup_workday"])),
                        name="calendar_override_kind",
                    )
                ],
            },
        ),
    ]
