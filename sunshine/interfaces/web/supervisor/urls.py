"""Addresses of the supervisor pages."""

from django.urls import path

from sunshine.interfaces.web.supervisor import views, views_project, views_visits

app_name = "supervisor"
_PROJECT = "projects/<str:public_id>/"
urlpatterns = [
    path("", views.today, name="today"),
    path("projects/", views.projects, name="projects"),
    path("inspection/", views_visits.inspection_key, name="inspection"),
    path("inspection/key/", views_visits.publish_key, name="publish-key"),
    path(_PROJECT, views_project.project, name="project"),
    path(_PROJECT + "history/", views_project.history, name="history"),
    path(_PROJECT + "opening/", views_project.opening, name="opening"),
    path(_PROJECT + "opening/visits.zip", views_visits.visits, name="visits"),
    path(_PROJECT + "opening/visits.json", views_visits.sealed_visits, name="sealed-visits"),
    path(_PROJECT + "bids/<str:bid_id>/", views_project.bid, name="bid"),
    path(_PROJECT + "bids/<str:bid_id>/files/<int:number>/", views_project.bid_file, name="bid-file"),
    path(_PROJECT + "documents/<str:document_id>/", views_project.document, name="document"),
    path(_PROJECT + "evaluation/", views_project.evaluation, name="evaluation"),
    path(_PROJECT + "results/", views_project.results, name="results"),
]
