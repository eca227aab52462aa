"""Registering in one go or in two, and pasting proofs."""

import json

import pytest
from django.test import Client

from sunshine.domain.parties import uscc
from sunshine.domain.parties.models import Expert, Membership, Organisation, Person
from sunshine.domain.publishing.models import Notice
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.web.portal import markup

pytestmark = pytest.mark.django_db
ANN = {
    "name": "李新",
    "email": "li@new.example",
    "phone": "",
    "password": "long enough 1",
    "again": "long enough 1",
}
FIRM = {
    "organisation": "云岭新泵业有限公司",
    "uscc": uscc.fictional("new"),
    "legal_representative": "李新",
    "region": "云岭市",
    "address": "",
}


def test_a_supplier_registers_and_is_logged_in(cast: play.Cast, client: Client) -> None:
    assert client.get("/register/supplier/").status_code == 200
    answer = client.post("/register/supplier/", ANN | FIRM)
    assert answer.status_code == 302
    person = Person.objects.get(email="li@new.example")
    post = Membership.objects.get(person=person)
    assert post.organisation.stage == "registered" and "supplier-bidder" in post.roles
    assert client.session["_auth_user_id"] == str(person.pk)


def test_bad_input_is_named_at_its_field_and_leaves_nothing(cast: play.Cast, client: Client) -> None:
    before = Person.objects.count()
    wrong = FIRM | {"uscc": FIRM["uscc"][:-1] + ("A" if FIRM["uscc"][-1] != "A" else "B")}
    page = client.post("/register/supplier/", ANN | wrong | {"again": "other"})
    shown = page.content.decode()
    assert page.status_code == 422 and "校验位" in shown and "两次输入的密码不一致" in shown
    weak = client.post("/register/supplier/", ANN | FIRM | {"password": "1234567890", "again": "1234567890"})
    assert weak.status_code == 422 and 'href="#id_password"' in weak.content.decode()
    assert Person.objects.count() == before and not Organisation.objects.filter(name=FIRM["organisation"]).exists()


def test_if_the_second_step_is_refused_the_account_stays_and_only_the_rest_is_asked(
    cast: play.Cast, client: Client
) -> None:
    taken = FIRM | {"uscc": Organisation.objects.filter(kind="supplier").values_list("uscc", flat=True)[0]}
    page = client.post("/register/supplier/", ANN | taken)
    shown = page.content.decode()
    assert page.status_code == 422 and "该统一社会信用代码已登记" in shown and "您的账号已经建立并登录" in shown
    assert 'name="password"' not in shown and Person.objects.filter(email="li@new.example").exists()
    assert client.post("/register/supplier/", FIRM).status_code == 302
    assert Membership.objects.get(person__email="li@new.example").organisation.uscc == FIRM["uscc"]


def test_an_expert_applies_with_the_units_to_avoid(cast: play.Cast, client: Client) -> None:
    avoided = uscc.fictional("avoid")
    given = {
        "title": "高级工程师",
        "years": "12",
        "employer": "云岭工程大学",
        "employer_uscc": "",
        "specialties": "泵\n电气",
    }
    assert client.post("/register/expert/", ANN | given | {"avoided_units": "nonsense"}).status_code == 422
    assert client.post("/register/expert/", ANN | given | {"avoided_units": avoided}).status_code == 302
    expert = Expert.objects.get(person__email="li@new.example")
    assert expert.specialties == ["泵", "电气"] and expert.avoided_units == [avoided] and expert.stage == "applied"


def test_nobody_registers_as_an_authority(cast: play.Cast, client: Client) -> None:
    for kind in ("supervisor", "operator", "registry", "admin"):
        assert client.post(f"/register/{kind}/", ANN | FIRM).status_code == 404


def test_a_receipt_is_told_from_a_forged_one(announced: play.Played, client: Client) -> None:
    receipt = play.bid(announced, announced.lots[0], announced.cast["supplier1"])["receipt"]
    assert "签名有效" in client.post("/verify/", {"proof": json.dumps(receipt)}).content.decode()
    later = receipt | {"received_at": "2026-01-01T00:00:00Z"}
    assert "签名不符" in client.post("/verify/", {"proof": json.dumps(later)}).content.decode()
    other = receipt | {"log_origin": "elsewhere.example"}
    assert "不是本平台签发的" in client.post("/verify/", {"proof": json.dumps(other)}).content.decode()


def test_a_notice_is_recognised_to_the_letter(announced: play.Played, client: Client) -> None:
    content = Notice.objects.get().content
    assert "一字不差" in client.post("/verify/", {"proof": json.dumps(content)}).content.decode()
    changed = content | {"purpose": content["purpose"] + "。"}
    assert "没有发布过这份内容" in client.post("/verify/", {"proof": json.dumps(changed)}).content.decode()


def test_rubbish_on_the_verification_page_gets_an_answer(db: None, client: Client) -> None:
    for rubbish in ("{", "[]", "null", '{"v":"receipt/1"}', '{"v":"notice/1","x":1e999}', "[" * 100_000, "<script>x"):
        page = client.post("/verify/", {"proof": rubbish})
        assert page.status_code == 200 and 'class="verdict bad"' in page.content.decode(), rubbish[:40]
    assert "请先粘贴" in client.post("/verify/", {"proof": " "}).content.decode()


def test_help_exists_in_both_languages_and_renders_escaped(db: None, client: Client) -> None:
    for language, word in (("zh-hans", "密封"), ("en", "Seal")):
        page = client.get("/help/bid/", headers={"accept-language": language}).content.decode()
        assert word in page
    assert client.get("/help/nothing/").status_code == 404
    drawn = markup.render("# T\n\n<img src=x onerror=1> **b** [l](javascript:x) [m](/notices/)\n\n- a\n- b")
    assert "<img" not in drawn and "javascript" in drawn and 'href="javascript' not in drawn
    assert '<a href="/notices/">m</a>' in drawn and "<ul><li>a</li><li>b</li></ul>" in drawn
