"""Addresses of the bid box, mounted at /box/ (and, for pages of the supplier door, at /supplier/box/)."""

from django.urls import path

from sunshine.interfaces.web.supplier import views_box, views_remedy

app_name = "box"
urlpatterns = [
    path("uploads/", views_box.uploads, name="uploads"),
    path("uploads/<str:upload_id>/", views_box.upload, name="upload"),
    path("lids/", views_box.lids, name="lids"),
    path("withdrawals/", views_box.withdrawals, name="withdrawals"),
    path("openings/", views_remedy.openings, name="openings"),
    path("shares/", views_remedy.shares, name="shares"),
    path("rescues/", views_remedy.rescues, name="rescues"),
    path("copies/", views_remedy.copy, name="copies"),
    path("bodies/", views_remedy.bodies, name="bodies"),
    path("bodies/<str:upload_id>/", views_remedy.body, name="body"),
]
