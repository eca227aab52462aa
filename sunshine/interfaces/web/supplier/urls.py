"""Addresses of the supplier pages."""

from django.urls import path

from sunshine.interfaces.web.supplier import views_bid, views_house, views_project, views_results, views_today

app_name = "supplier"
urlpatterns = [
    path("", views_today.today, name="today"),
    path("opportunities/", views_today.opportunities, name="opportunities"),
    path("projects/<str:project_id>/", views_project.project, name="project"),
    path("projects/<str:project_id>/documents/<str:document_id>/", views_project.document, name="document"),
    path("projects/<str:project_id>/questions/", views_project.ask, name="ask"),
    path("projects/<str:project_id>/opening/", views_project.hall, name="hall"),
    path("projects/<str:project_id>/objections/new/", views_results.new_objection, name="new-objection"),
    path("lots/<str:lot_id>/bid/", views_bid.prepare, name="prepare"),
    path("lots/<str:lot_id>/token/", views_bid.token, name="token"),
    path("bids/", views_bid.bids, name="bids"),
    path("results/", views_results.results, name="results"),
    path("results/<str:bid_id>/", views_results.result, name="result"),
    path("objections/", views_results.objections, name="objections"),
    path("objections/<str:objection_id>/", views_results.objection, name="objection"),
    path("objections/<str:objection_id>/evidence/", views_results.evidence, name="evidence"),
    path("objections/<str:objection_id>/drop/", views_results.drop, name="drop-objection"),
    path("contracts/", views_results.contracts, name="contracts"),
    path("contracts/<str:contract_id>/", views_results.contract, name="contract"),
    path("organisation/", views_house.organisation, name="organisation"),
    path("members/", views_house.members, name="members"),
    path("members/<str:person>/roles/", views_house.member_roles, name="member-roles"),
    path("members/<str:person>/end/", views_house.end_member, name="end-member"),
]
