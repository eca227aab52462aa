"""Addresses of the bid box, mounted at /box/: for anyone with a token or a box key, and for nobody in particular."""

from django.urls import path

from sunshine.interfaces.web.box import views, views_remedy

app_name = "box"
urlpatterns = [
    path("uploads/", views.uploads, name="uploads"),
    path("uploads/<str:upload_id>/", views.upload, name="upload"),
    path("lids/", views.lids, name="lids"),
    path("withdrawals/", views.withdrawals, name="withdrawals"),
    path("openings/", views_remedy.openings, name="openings"),
    path("shares/", views_remedy.shares, name="shares"),
    path("rescues/", views_remedy.rescues, name="rescues"),
    path("remedies/", views_remedy.remedy_file, name="remedies"),
    path("copies/", views_remedy.copy, name="copies"),
    path("bodies/", views_remedy.bodies, name="bodies"),
    path("bodies/<str:upload_id>/", views_remedy.body, name="body"),
]
