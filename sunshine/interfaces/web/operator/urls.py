"""Addresses of the operator pages."""

from django.urls import path

from sunshine.interfaces.web.operator import views, views_log, views_platform

app_name = "operator"
urlpatterns = [
    path("", views.today, name="today"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<str:public_id>/", views.organisation, name="organisation"),
    path("organisations/<str:public_id>/licence/", views.licence, name="licence"),
    path("organisations/<str:public_id>/<slug:verb>/", views.organisation_act, name="organisation-act"),
    path("experts/", views.experts, name="experts"),
    path("experts/<str:public_id>/", views.expert, name="expert"),
    path("experts/<str:public_id>/<slug:verb>/", views.expert_act, name="expert-act"),
    path("pages/", views_platform.pages, name="pages"),
    path("pages/new/", views_platform.page_new, name="page-new"),
    path("pages/<slug:slug>/<slug:language>/", views_platform.page, name="page"),
    path("pages/<slug:slug>/<slug:language>/<int:version>/", views_platform.page_version, name="page-version"),
    path("calendar/", views_platform.calendar, name="calendar"),
    path("health/", views_platform.health, name="health"),
    path("health/retry/", views_platform.retry, name="retry"),
    path("witnesses/", views_log.watching, name="witnesses"),
    path("witnesses/<str:public_id>/end/", views_log.end, name="witness-end"),
    path("log-alarms/<str:public_id>/", views_log.settle, name="log-alarm"),
    path("clock/", views_platform.rehearsal_clock, name="clock"),
    path("settings/", views_platform.platform, name="settings"),
]
