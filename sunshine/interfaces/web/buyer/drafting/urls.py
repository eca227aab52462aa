"""Addresses of the drafting pages."""

from django.urls import URLPattern, URLResolver, path

from sunshine.interfaces.web.buyer.drafting import (
    views_clarify,
    views_draft,
    views_files,
    views_lots,
    views_members,
    views_plans,
    views_projects,
    views_review,
    views_scheme,
    views_today,
)

app_name = "drafting"

_DRAFT = "projects/<str:project_id>/draft/"
_LOT = _DRAFT + "lots/<str:lot_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views_today.today, name="today"),
    path("approvals/", views_today.approvals, name="approvals"),
    path("plans/", views_plans.plans, name="plans"),
    path("plans/new/", views_plans.new_plan, name="new-plan"),
    path("plans/<str:plan_id>/", views_plans.plan, name="plan"),
    path("plans/<str:plan_id>/edit/", views_plans.edit_plan, name="edit-plan"),
    path("plans/<str:plan_id>/decide/", views_plans.decide_plan, name="decide-plan"),
    path("plans/<str:plan_id>/initiate/", views_plans.initiate, name="initiate"),
    path("projects/", views_projects.projects, name="projects"),
    path("projects/<str:project_id>/", views_projects.project, name="project"),
    path("projects/<str:project_id>/history/", views_projects.history, name="history"),
    path("projects/<str:project_id>/method/", views_projects.method, name="method"),
    path("projects/<str:project_id>/documents/<str:document_id>/", views_projects.document, name="document"),
    path("projects/<str:project_id>/review/", views_review.review, name="review"),
    path("projects/<str:project_id>/announce/", views_review.announce, name="announce"),
    path("projects/<str:project_id>/terminate/", views_review.terminate, name="terminate"),
    path("projects/<str:project_id>/clarify/", views_clarify.clarify, name="clarify"),
    path("projects/<str:project_id>/clarify/effect/", views_clarify.clarify_effect, name="clarify-effect"),
    path("projects/<str:project_id>/questions/", views_clarify.questions, name="questions"),
    path(_DRAFT, views_draft.start, name="draft"),
    path(_DRAFT + "basics/", views_draft.basics, name="draft-basics"),
    path(_DRAFT + "criteria/", views_draft.criteria, name="draft-criteria"),
    path(_DRAFT + "timetable/", views_draft.timetable, name="draft-timetable"),
    path(_DRAFT + "timetable/law/", views_draft.timetable_law, name="draft-law"),
    path(_DRAFT + "trustees/", views_draft.trustees, name="draft-trustees"),
    path(_DRAFT + "check/", views_draft.check, name="draft-check"),
    path(_DRAFT + "submit/", views_draft.submit, name="draft-submit"),
    path(_DRAFT + "scheme/", views_scheme.scheme, name="draft-scheme"),
    path(_DRAFT + "scheme/example/", views_scheme.example, name="draft-example"),
    path(_DRAFT + "files/", views_files.files, name="draft-files"),
    path(_DRAFT + "files/<str:document_id>/remove/", views_files.remove_file, name="draft-remove-file"),
    path(_DRAFT + "lots/", views_lots.lots, name="draft-lots"),
    path(_LOT, views_lots.lot, name="draft-lot"),
    path(_LOT + "items/", views_lots.items, name="draft-items"),
    path(_LOT + "items.xlsx", views_lots.sheet, name="draft-sheet"),
    path(_LOT + "copy/", views_lots.copy_lot, name="draft-copy-lot"),
    path(_LOT + "remove/", views_lots.remove_lot, name="draft-remove-lot"),
    path("members/", views_members.members, name="members"),
    path("members/new/", views_members.new_member, name="new-member"),
    path("members/delegations/new/", views_members.new_delegation, name="new-delegation"),
    path("members/mandates/new/", views_members.new_mandate, name="new-mandate"),
    path("members/delegations/<str:record_id>/end/", views_members.end_delegation, name="end-delegation"),
    path("members/mandates/<str:record_id>/end/", views_members.end_mandate, name="end-mandate"),
    path("members/<str:person_id>/", views_members.member, name="member"),
    path("members/<str:person_id>/end/", views_members.end_member, name="end-member"),
    path("organisation/", views_members.organisation, name="organisation"),
]
