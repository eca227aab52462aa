"""Addresses of the bid box, mounted at /box/: for anyone with a token, and for nobody in particular."""

from django.urls import path

from sunshine.interfaces.web.box import views

app_name = "box"
urlpatterns = [
    path("uploads/", views.uploads, name="uploads"),
    path("uploads/<str:upload_id>/", views.upload, name="upload"),
    path("lids/", views.lids, name="lids"),
    path("withdrawals/", views.withdrawals, name="withdrawals"),
]
