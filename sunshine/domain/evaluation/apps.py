from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "sunshine.domain.evaluation"
    label = "evaluation"
