"""The supplier's pages: every one in every state, within twenty queries, and closed to others."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from sunshine.domain.contracts.models import Contract, Objection
from sunshine.domain.parties.models import Membership
from sunshine.domain.sourcing.models import DocumentReceipt, Enquiry, Project
from sunshine.flows import open_bids, sign_contract
from sunshine.interfaces.rehearsal import people, play, stage
from tests.interfaces.web.supplier.conftest import Door

pytestmark = pytest.mark.django_db


def pages(played: play.Played) -> list[str]:
    project = f"/supplier/projects/{played.project}/"
    own = ["", "opportunities/", "opportunities/?state=all", "bids/", "results/", "objections/", "contracts/"]
    house = ["organisation/", "members/"]
    return [
        *[f"/supplier/{name}" for name in own + house],
        project,
        f"{project}opening/",
        f"{project}objections/new/",
        f"/supplier/lots/{played.lots[0]}/bid/",
    ]


def look(client: Client, played: play.Played, at_most) -> None:
    for page in pages(played):
        with at_most(20):
            answer = client.get(page)
        assert answer.status_code == 200, (page, answer.status_code)


def boot_of(html: str) -> dict:
    start = html.index(">", html.index('id="sun-seal-boot"')) + 1
    return json.loads(html[start : html.index("</script>", start)])


def test_every_page_answers_in_every_state_within_twenty_queries(
    announced: play.Played, door: Door, django_assert_max_num_queries
):
    li, lot = announced.cast.suppliers[0], announced.lots[0]
    client = door(li)
    look(client, announced, django_assert_max_num_queries)
    for n, supplier in enumerate(announced.cast.suppliers):
        play.bid(announced, lot, supplier, total_fen=900_000_00 + n * 10_000_00)
    for name in ("opened", "evaluated", "candidates", "awarded", "contracted"):
        act = getattr(stage, name)
        act(announced) if name == "opened" else act(announced, lot)
        look(client, announced, django_assert_max_num_queries)
        found = client.get("/supplier/results/").content.decode()
        url = found[found.index("/supplier/results/OB-") :].split('"')[0]
        with django_assert_max_num_queries(20):
            assert client.get(url).status_code == 200
    contract = Contract.objects.get()
    with django_assert_max_num_queries(20):
        assert "不一致" not in client.get(f"/supplier/contracts/{contract.public_id}/").content.decode()


def test_the_doors_pages_lead_visitors_to_the_login_and_refuse_buyers_and_strangers(announced, zheng, door: Door):
    for page in pages(announced):
        answer = Client().get(page)
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next=/supplier/")
        assert door(zheng).get(page).status_code == 403
        assert door(announced.cast["officer"]).get(page).status_code == 403


def test_another_suppliers_result_objection_and_contract_are_unknown(announced, door: Door):
    li, lot = announced.cast.suppliers[0], announced.lots[0]
    for n, supplier in enumerate(announced.cast.suppliers):
        play.bid(announced, lot, supplier, total_fen=900_000_00 + n * 10_000_00)
    stage.opened(announced)
    stage.evaluated(announced, lot)
    stage.candidates(announced, lot)
    stage.awarded(announced, lot)
    stage.contracted(announced, lot)
    row = Contract.objects.get()
    winner = next(p for p in announced.cast.suppliers if p.organisation == row.supplier.public_id)
    loser = next(p for p in announced.cast.suppliers if p is not winner)
    own = row.award.bid.public_id
    assert door(winner).get(f"/supplier/results/{own}/").status_code == 200
    assert door(loser).get(f"/supplier/results/{own}/").status_code == 404
    assert door(loser).get(f"/supplier/contracts/{row.public_id}/").status_code == 404
    assert door(li).get("/supplier/objections/OJ-0000000000/").status_code == 404


def test_the_sealing_page_boots_with_policy_roots_and_the_trustees_certificates(announced, door: Door):
    li, lot = people.member(announced.cast.suppliers[0], "李二", "er@li.example", "supplier-bidder"), announced.lots[0]
    assert "去申请证书" in door(li).get(f"/supplier/lots/{lot}/bid/").content.decode()
    li.enrol()
    boot = boot_of(door(li).get(f"/supplier/lots/{lot}/bid/").content.decode())
    assert boot["policy"] == announced.policies[lot]
    assert boot["bidder"]["uscc"] == play.uscc_of(li) and boot["certificate"] == [li.certificate.public_id]
    assert len(boot["trustee_certificates"]) >= 4 and boot["ca_roots"][0].startswith("-----BEGIN CERTIFICATE")
    assert boot["box_urls"]["lids"] == "/box/lids/" and boot["items"][0]["quantity"]


def test_an_unverified_supplier_reads_everything_and_learns_why_it_cannot_bid(announced, unverified, door: Door):
    client = door(unverified)
    page = client.get(f"/supplier/projects/{announced.project}/").content.decode()
    assert "aria-disabled" in page and "没有通过核验" in page
    html = client.get(f"/supplier/lots/{announced.lots[0]}/bid/").content.decode()
    assert "sun-seal-boot" not in html and "没有通过核验" in html


def test_documents_go_to_any_supplier_and_are_noted_only_on_post(announced, unverified, door: Door):
    client = door(unverified)
    document = Project.objects.get().documents.first()
    url = f"/supplier/projects/{announced.project}/documents/{document.public_id}/"
    assert client.get(url).status_code == 405 and not DocumentReceipt.objects.exists()
    answer = client.post(url)
    assert b"".join(answer.streaming_content)[:4] and answer["Content-Disposition"].startswith("attachment")
    assert DocumentReceipt.objects.get().person_id == unverified.person.pk


def test_a_question_keeps_nothing_of_its_asker_and_html_stays_text(announced, door: Door):
    li = announced.cast.suppliers[0]
    client = door(li)
    url = f"/supplier/projects/{announced.project}/questions/"
    assert client.post(url, {"text": "<script>alert(1)</script>'; drop table x; --"}).status_code == 302
    assert client.post(url, {"text": " "}).status_code == 422
    play.until(Project.objects.get().questions_due_at)
    answer = client.post(url, {"text": "太晚了吗"})
    assert answer.status_code == 422 and "提问期已过" in answer.content.decode()
    assert Enquiry.objects.count() == 1
    assert b"<script>alert" not in client.get(f"/supplier/projects/{announced.project}/").content


def test_the_hall_tells_nothing_about_bids_before_the_opening_and_everything_after(announced, door: Door):
    li, zhao = announced.cast.suppliers[:2]
    for n, supplier in enumerate(announced.cast.suppliers):
        play.bid(announced, announced.lots[0], supplier, total_fen=900_000_00 + n)
    url = f"/supplier/projects/{announced.project}/opening/"
    client = door(li)
    before = client.get(url).content.decode()
    assert "投标 3 份" not in before and zhao.actor().organisation_name not in before
    play.until(announced.bids_due_at + timedelta(seconds=1))
    open_bids.open_bids(announced.project, by=announced.cast["officer"].actor())
    waiting = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "投标 3 份" in waiting and "<html" not in waiting and "every 3s" in waiting
    stage.release_all(announced, announced.lots[0])
    assert zhao.actor().organisation_name in client.get(url).content.decode()


def test_an_objection_is_raised_with_evidence_listed_and_dropped(announced, door: Door):
    li = announced.cast.suppliers[0]
    client = door(li)
    url = f"/supplier/projects/{announced.project}/objections/new/"
    wrong = SimpleUploadedFile("证据.pdf", b"not a pdf at all")
    answer = client.post(url, {"target": "documents", "text": "资格条件不合理", "evidence": wrong})
    assert answer.status_code == 422 and not Objection.objects.exists()
    good = SimpleUploadedFile("证据.pdf", b"%PDF-1.4\n%%EOF\n")
    answer = client.post(url, {"target": "documents", "text": "资格条件不合理", "evidence": good})
    row = Objection.objects.get()
    assert answer["Location"] == f"/supplier/objections/{row.public_id}/"
    page = client.get(answer["Location"]).content.decode()
    assert "撤回异议" in page
    assert b"".join(client.get(f"{answer['Location']}evidence/").streaming_content).startswith(b"%PDF")
    assert door(announced.cast.suppliers[1]).get(answer["Location"]).status_code == 404
    assert client.get(f"{answer['Location']}drop/").status_code == 200
    assert client.post(f"{answer['Location']}drop/").status_code == 302
    row.refresh_from_db()
    assert row.stage == "dropped" and Project.objects.get().hold == ""


def test_an_objection_too_late_is_refused_with_its_article(announced, door: Door):
    client = door(announced.cast.suppliers[0])
    play.until(announced.bids_due_at - timedelta(days=3))
    url = f"/supplier/projects/{announced.project}/objections/new/"
    answer = client.post(url, {"target": "documents", "text": "资格条件不合理"})
    assert answer.status_code == 422 and "第二十二条" in answer.content.decode()


def test_the_winner_signs_the_contract_with_its_own_certificate_only(announced, door: Door):
    lot, cast = announced.lots[0], announced.cast
    for n, supplier in enumerate(cast.suppliers):
        play.bid(announced, lot, supplier, total_fen=900_000_00 + n * 10_000_00)
    stage.opened(announced)
    stage.evaluated(announced, lot)
    stage.candidates(announced, lot)
    stage.awarded(announced, lot)
    facts = stage.contract_of(lot)
    given = {"amount_fen": facts.amount_fen, "delivery_days": facts.delivery_days, "quality": facts.quality}
    sign_contract.draft_contract(by=cast["officer"].actor(), lot=lot, **given)
    row = Contract.objects.get()
    winner = next(p for p in cast.suppliers if p.organisation == row.supplier.public_id)
    other = next(p for p in cast.suppliers if p is not winner)
    url = f"/supplier/contracts/{row.public_id}/"
    assert door(winner).get(url).status_code == 404  # a draft the buyer has not signed is the buyer's affair
    buyer = cast["signatory"].sign_document(row.digest)
    sign_contract.sign_contract(row.public_id, by=cast["signatory"].actor(), **buyer)
    client = door(winner)
    assert "sun-sign" in client.get(url).content.decode()
    assert client.post(url, other.sign_document(row.digest)).status_code == 409
    assert client.post(url, {"signature": "", "certificate": ""}).status_code == 409
    assert client.post(url, winner.sign_document(row.digest)).status_code == 302
    row.refresh_from_db()
    assert row.stage == "signed"


def test_members_are_added_changed_and_ended_by_the_administrator_only(announced, door: Door):
    li = announced.cast.suppliers[0]
    client = door(li)
    given = {"name": "李二", "email": "er@li.example", "phone": "", "password": "a-long-password", "roles": []}
    answer = client.post("/supplier/members/", given)
    assert answer.status_code == 422
    assert client.post("/supplier/members/", given | {"roles": ["supplier-bidder"]}).status_code == 302
    assert client.post("/supplier/members/", given | {"roles": ["trustee"]}).status_code == 422
    row = Membership.objects.get(person__email="er@li.example", ended_at=None)
    person = row.person.public_id
    roles = f"/supplier/members/{person}/roles/"
    assert client.get(roles).status_code == 200
    assert client.post(roles, {"roles": ["supplier-signatory"]}).status_code == 302
    second = Client()
    second.force_login(row.person)
    assert second.get("/supplier/members/").status_code == 200
    assert second.post("/supplier/members/", given).status_code == 403 and second.get(roles).status_code == 403
    assert door(announced.cast.suppliers[1]).get(roles).status_code == 404
    end = f"/supplier/members/{person}/end/"
    assert client.get(end).status_code == 200 and client.post(end).status_code == 302
    assert not Membership.objects.filter(person=row.person, ended_at=None).exists()


def test_opportunities_are_found_filtered_sorted_and_exported(announced, door: Door):
    client = door(announced.cast.suppliers[0])
    url = "/supplier/opportunities/"
    assert announced.project in client.get(url + "?q=取水泵").content.decode()
    assert announced.project not in client.get(url + "?q=没有这个").content.decode()
    assert announced.project not in client.get(url + "?state=past").content.decode()
    assert client.get(url + "?sort=-budget_fen&page=99999999999999999999").status_code in (200, 404)
    assert announced.project in client.get(url + "?export=csv").content.decode()
    assert client.get(url + "?export=xlsx").content[:2] == b"PK"


def test_the_supplier_pages_speak_english_too(announced, door: Door):
    client = door(announced.cast.suppliers[0])
    client.cookies["django_language"] = "en"
    for page in pages(announced):
        assert client.get(page).status_code == 200
    assert "Opportunities" in client.get("/supplier/opportunities/").content.decode()


def test_the_sealing_page_knows_where_a_receipt_is_checked(announced: play.Played, door: Door) -> None:
    client, lid = door(announced.cast.suppliers[0]), "0" * 64
    boot = boot_of(client.get(f"/supplier/lots/{announced.lots[0]}/bid/").content.decode())
    assert boot["check_url"].replace("{lid}", lid) == reverse("portal:check", args=[lid])
