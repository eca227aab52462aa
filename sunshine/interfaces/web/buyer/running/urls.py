"""Addresses of the running pages: from the opening to the signed contract."""

from django.urls import URLPattern, URLResolver, path

from sunshine.interfaces.web.buyer.running import (
    views_award,
    views_contract,
    views_evaluation,
    views_objections,
    views_opening,
    views_panel,
    views_prices,
)

app_name = "running"
_OPENING = "projects/<str:project_id>/opening/"
_LOT = "lots/<str:lot_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(_OPENING, views_opening.hall, name="hall"),
    path(_OPENING + "open/", views_opening.open_, name="open"),
    path(_OPENING + "decrypt/", views_opening.decrypt, name="decrypt"),
    path(_OPENING + "settle/", views_opening.settle, name="settle"),
    path(_OPENING + "confirm/", views_opening.confirm_record, name="confirm-record"),
    path(_OPENING + "record/", views_opening.record, name="record"),
    path(_LOT + "panel/", views_panel.panel, name="panel"),
    path(_LOT + "factor/", views_panel.factor, name="factor"),
    path(_LOT + "draws/<str:draw_id>/abandon/", views_panel.abandon, name="abandon-draw"),
    path(_LOT + "evaluation/", views_evaluation.evaluation, name="evaluation"),
    path(_LOT + "evaluation/report.json", views_evaluation.report_json, name="report-json"),
    path(_LOT + "evaluation/report.csv", views_evaluation.report_sheet, {"kind": "csv"}, name="report-csv"),
    path(_LOT + "evaluation/report.xlsx", views_evaluation.report_sheet, {"kind": "xlsx"}, name="report-xlsx"),
    path(_LOT + "evaluation/bids/<str:bid_id>/files/<int:number>/", views_evaluation.bid_file, name="bid-file"),
    path(_LOT + "prices/", views_prices.prices, name="prices"),
    path(_LOT + "prices/open/", views_prices.open_, name="prices-open"),
    path(_LOT + "prices/decrypt/", views_prices.decrypt, name="prices-decrypt"),
    path(_LOT + "prices/settle/", views_prices.settle, name="prices-settle"),
    path(_LOT + "prices/confirm/", views_prices.confirm_record, name="prices-confirm"),
    path(_LOT + "prices/record/", views_prices.record, name="prices-record"),
    path(_LOT + "fail/", views_evaluation.fail, name="fail"),
    path(_LOT + "retender/", views_evaluation.retender, name="retender"),
    path(_LOT + "candidates/", views_award.candidates, name="candidates"),
    path(_LOT + "candidates/publish/", views_award.publish, name="publish"),
    path(_LOT + "award/", views_award.award, name="award"),
    path(_LOT + "award/notify/", views_award.notify, name="notify"),
    path(_LOT + "contract/", views_contract.of_lot, name="contract"),
    path("contracts/", views_contract.contracts, name="contracts"),
    path("contracts/<str:contract_id>/", views_contract.contract_page, name="contract-page"),
    path("contracts/<str:contract_id>/sign/", views_contract.sign, name="sign"),
    path("objections/", views_objections.objections, name="objections"),
    path("objections/<str:objection_id>/", views_objections.objection, name="objection"),
    path("objections/<str:objection_id>/evidence/", views_objections.evidence, name="evidence"),
]
