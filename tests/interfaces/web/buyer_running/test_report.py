"""The signed report before the buyer: every number, its proof, and the candidates that follow from it."""

import json

import pytest

from sunshine.domain.contracts.models import Candidate
from sunshine.domain.evaluation.models import EvaluationReport
from sunshine.interfaces.rehearsal import play
from tests.interfaces.web.buyer_running.world import enter

pytestmark = pytest.mark.django_db


def tab(played: play.Played, name: str) -> str:
    return f"/buyer/lots/{played.lots[0]}/{name}/"


def test_the_signed_report_is_shown_with_every_number_and_proves_itself(evaluated: play.Played) -> None:
    client = enter(evaluated.cast["publisher"])
    page = client.get(tab(evaluated, "evaluation")).content.decode()
    assert "可验证" in page and "sunshine_proof.ranking" in page and "每一步的中间数" in page
    assert "1：30.5" in page  # the first member's mark
    raw = client.get(f"/buyer/lots/{evaluated.lots[0]}/evaluation/report.json").content
    assert json.loads(raw) == EvaluationReport.objects.get().content
    sheet = client.get(f"/buyer/lots/{evaluated.lots[0]}/evaluation/report.csv").content.decode("utf-8-sig")
    assert len(sheet.strip().splitlines()) == 4
    assert client.get(f"/buyer/lots/{evaluated.lots[0]}/evaluation/report.xlsx").status_code == 200


def test_a_report_that_was_tampered_with_is_called_out(evaluated: play.Played) -> None:
    report = EvaluationReport.objects.get()
    report.content["result"]["bids"][0]["total"] = "99.99"
    EvaluationReport.objects.filter(pk=report.pk).update(content=report.content)
    page = enter(evaluated.cast["publisher"]).get(tab(evaluated, "evaluation")).content.decode()
    assert "可验证" not in page and "重新计算的结果与报告不一致" in page


def test_the_candidates_of_the_report_are_published_after_a_page_that_tells_everything(evaluated: play.Played) -> None:
    publisher, officer = enter(evaluated.cast["publisher"]), enter(evaluated.cast["officer"])
    asked = publisher.get(tab(evaluated, "candidates") + "publish/").content.decode()
    assert "第1名" in asked and "公示到" in asked and "提交后不能撤销" in asked
    assert officer.post(tab(evaluated, "candidates") + "publish/").status_code == 403
    assert publisher.post(tab(evaluated, "candidates") + "publish/").url == tab(evaluated, "candidates")
    page = publisher.get(tab(evaluated, "candidates")).content.decode()
    assert "sun-countdown" in page and Candidate.objects.count() == 3
    assert publisher.post(tab(evaluated, "candidates") + "publish/").status_code == 409
