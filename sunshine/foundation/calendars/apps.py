from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "sunshine.foundation.calendars"
    label = "calendars"
