"""Addresses of the trustee pages."""

from django.urls import path

from sunshine.interfaces.web.trustee import views, views_draws, views_files, views_keys

app_name = "trustee"
urlpatterns = [
    path("", views.seats, name="seats"),
    path("projects/<str:project_id>/", views.seat, name="seat"),
    path("projects/<str:project_id>/key/", views_keys.key, name="key"),
    path("projects/<str:project_id>/destroyed/", views_keys.destroyed, name="destroyed"),
    path("projects/<str:project_id>/destroyed-file/", views_files.destroyed_file, name="destroyed-file"),
    path("projects/<str:project_id>/card/", views_files.card, name="card"),
    path("lots/<str:lot_id>/", views.release, name="release"),
    path("lots/<str:lot_id>/state/", views.state, name="state"),
    path("lots/<str:lot_id>/shares/", views_keys.shares, name="shares"),
    path("lots/<str:lot_id>/releases/", views_keys.releases, name="releases"),
    path("lots/<str:lot_id>/opening.json", views_files.opening_file, name="opening-file"),
    path("lots/<str:lot_id>/release-file/", views_files.release_file, name="release-file"),
    path("draws/<str:draw_id>/", views_draws.release, name="draw"),
    path("draws/<str:draw_id>/shares/", views_draws.shares, name="draw-shares"),
    path("draws/<str:draw_id>/releases/", views_draws.releases, name="draw-releases"),
]
