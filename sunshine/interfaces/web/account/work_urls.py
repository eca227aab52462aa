"""``/work/``: where login leads; mounted at the root without a namespace."""

from django.urls import path

from sunshine.interfaces.web.account import views

urlpatterns = [path("", views.work, name="work")]
