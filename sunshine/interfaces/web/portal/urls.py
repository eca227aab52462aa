"""Addresses of the portal: everything here may be opened by anyone."""

from django.urls import URLPattern, URLResolver, path

from sunshine.interfaces.web.portal import (
    views,
    views_check,
    views_help,
    views_log,
    views_notices,
    views_projects,
    views_register,
    views_tools,
)

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("notices/", views_notices.listing, name="notices"),
    path("notices/feed.xml", views_notices.feed, name="feed"),
    path("notices/<slug:notice>/", views_notices.notice, name="notice"),
    path("notices/<slug:notice>/content.json", views_notices.content, name="notice-content"),
    path("projects/", views_projects.listing, name="projects"),
    path("projects/<slug:project>/", views_projects.project, name="project"),
    path("projects/<slug:project>/questions/", views_projects.ask_question, name="ask"),
    path("projects/<slug:project>/documents/<slug:document>/", views_projects.document, name="document"),
    path("projects/<slug:project>/policies/<slug:lot>.json", views_projects.policy, name="policy"),
    path("projects/<slug:project>/lots/<slug:lot>/tender.json", views_tools.tender, name="tender"),
    path("results/", views_notices.results, name="results"),
    path("openings/", views_projects.openings, name="openings"),
    path("buyers/<slug:buyer>/", views_projects.buyer, name="buyer"),
    path("law/", views_help.law, name="law"),
    path("help/", views_help.help_index, name="help"),
    path("help/<slug:slug>/", views_help.help_article, name="help-article"),
    path("news/", views_help.news, name="news"),
    path("news/<slug:slug>/", views_help.news_item, name="news-item"),
    path("about/", views_help.about, name="about"),
    path("contact/", views_help.contact, name="contact"),
    path("verify/", views.verify, name="verify"),
    path("check/<str:lid>/", views_check.check, name="check"),
    path("check/<str:lid>/proof", views_check.proof, name="check-proof"),
    path("check/<str:lid>/receipt.json", views_check.receipt, name="check-receipt"),
    path("tools/", views_tools.tools, name="tools"),
    path("tools/sunshine-bid.html", views_tools.offline, name="offline-tool"),
    path("tools/proofs/<str:sha256>", views_tools.proof, name="tool-proof"),
    path("log/", views_log.log, name="log"),
    path("log/checkpoint", views_log.checkpoint, name="log-checkpoint"),
    path("log/tile/<path:path>", views_log.tile, name="log-tile"),
    path("log/entries/<int:index>/", views_log.entry, name="log-entry"),
    path("register/", views_register.choose, name="register"),
    path("register/<slug:kind>/", views_register.register_as, name="register-as"),
    path("robots.txt", views.robots, name="robots"),
]
