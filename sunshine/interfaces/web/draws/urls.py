"""Addresses of draws: the replay for everyone, and the page where a party commits and reveals."""

from django.urls import path

from sunshine.interfaces.web.draws import views, views_party

app_name = "draws"
_DRAW = "<slug:draw>/"
urlpatterns = [
    path(_DRAW, views.show, name="draw"),
    path(_DRAW + "record.json", views.record, name="record"),
    path(_DRAW + "proofs/<int:number>/", views.proof, name="proof"),
    path(_DRAW + "party/", views_party.party, name="party"),
    path(_DRAW + "commit/", views_party.commit, name="commit"),
    path(_DRAW + "reveal/", views_party.reveal, name="reveal"),
]
