from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "sunshine.foundation.files"
    label = "files"
