"""A NUL character in an address or a form (the API's own test is beside it) is refused with a sentence; nothing fails, nothing is kept."""

import pytest
from django.test import Client

from sunshine.domain.sourcing.models import Plan
from sunshine.interfaces.rehearsal import play
from tests.cast import cast, ground  # noqa: F401

pytestmark = pytest.mark.django_db
ALLAUTH = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.mark.parametrize(
    "address", ["/notices/?q=%00", "/notices/?region=%00", "/projects/P-%00/", "/projects/?buyer=%00", "/notices/%00/"]
)
def test_an_address_with_nul_finds_nothing_or_is_refused(address: str, client: Client) -> None:
    answer = client.get(address)
    assert answer.status_code in (200, 302, 400, 404)
    if answer.status_code == 400:
        assert "空字符" in answer.content.decode()


def test_a_form_with_nul_keeps_nothing(cast: play.Cast) -> None:  # noqa: F811
    client = Client()
    client.force_login(cast["officer"].person, ALLAUTH)
    before = Plan.objects.count()
    form = {"title": "计划\0", "purpose": "更新", "category": "给排水设备", "budget_fen": "1", "funding": "自有"}
    assert client.post("/buyer/plans/new/", form).status_code < 500
    assert Plan.objects.count() == before
