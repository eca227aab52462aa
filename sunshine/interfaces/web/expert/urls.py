"""Addresses of the expert pages. A seat's address answers only to who sits there."""

from django.urls import URLPattern, URLResolver, path

from sunshine.interfaces.web.expert import views_room, views_scoring

app_name = "expert"
_SEAT = "members/<str:member_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views_room.duties, name="duties"),
    path(_SEAT, views_room.room, name="room"),
    path(_SEAT + "check-in/", views_room.check_in, name="check-in"),
    path(_SEAT + "recuse/", views_room.recuse, name="recuse"),
    path(_SEAT + "scores.csv", views_room.scores_sheet, name="scores"),
    path(_SEAT + "report.json", views_room.report_json, name="report-json"),
    path(_SEAT + "bids/<str:bid_id>/", views_scoring.save, name="save"),
    path(_SEAT + "bids/<str:bid_id>/files/<int:number>/", views_room.bid_file, name="bid-file"),
    path(_SEAT + "prices/<str:bid_id>/", views_scoring.judge_price, name="judge-price"),
    path(_SEAT + "lock-prices/", views_scoring.lock_prices, name="lock-prices"),
    path(_SEAT + "lock/", views_scoring.lock, name="lock"),
    path(_SEAT + "rank/", views_scoring.rank, name="rank"),
    path(_SEAT + "reopen/", views_scoring.reopen, name="reopen"),
    path(_SEAT + "sign/", views_scoring.sign, name="sign"),
]
