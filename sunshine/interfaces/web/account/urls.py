"""Addresses of a person's own pages."""

from django.urls import path

from sunshine.interfaces.web.account import views, views_keys

app_name = "profile"
urlpatterns = [
    path("", views.security, name="security"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.read_all, name="read-all"),
    path("switch/", views.switch, name="switch"),
    path("organisation/", views.organisation, name="organisation"),
    path("certificates/", views_keys.certificate_list, name="certificates"),
    path("certificates/<str:certificate_id>/revoke/", views_keys.revoke, name="revoke-certificate"),
    path("keyring/", views_keys.keyring, name="keyring"),
]
