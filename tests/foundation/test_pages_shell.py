"""The shell, the two view helpers, the gallery and the restyled account pages, through real requests."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import QueryDict
from django.template.loader import get_template
from django.test import Client, RequestFactory

from sunshine.foundation.pages import gallery, gallery_data
from sunshine.foundation.pages.shortcuts import fragment, full_page, refusal_message
from sunshine.foundation.refusal import Refused


def test_a_fragment_knows_its_full_page() -> None:
    assert full_page("buyer/opening/_hall.html") == "buyer/opening/hall.html"
    assert full_page("buyer/opening/hall.html#record") == "buyer/opening/hall.html"
    assert full_page("_hall.html") == "hall.html"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "whole"),
    [
        ({}, True),
        ({"HX-Request": "true"}, False),
        ({"HX-Request": "true", "HX-Boosted": "true"}, True),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, True),
    ],
)
def test_only_a_real_fragment_request_gets_a_fragment(client: Client, headers: dict[str, str], whole: bool) -> None:
    response = client.get("/style/", headers=headers)
    assert ("<html " in response.content.decode()) is whole
    assert 'class="timeline"' in response.content.decode()
    assert "HX-Request" in response["Vary"]


@pytest.mark.django_db
def test_a_fragment_keeps_the_status_the_view_asked_for(rf: RequestFactory) -> None:
    request = rf.get("/style/")
    context = {**gallery.tables(QueryDict()), **gallery_data.page()}
    assert fragment(request, "gallery/_public.html", context, status=409).status_code == 409


def test_a_refusal_becomes_a_message_with_its_article() -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    refusal_message(request, Refused("too-early", "投标截止时间以前不能开标。", "招标投标法 第三十四条"))
    (message,) = get_messages(request)
    assert message.message == "投标截止时间以前不能开标。（招标投标法 第三十四条）" and "refused" in message.tags


def test_the_server_error_page_needs_no_context_at_all() -> None:
    html = get_template("500.html").render({})
    assert "服务暂时出错" in html and "<script" not in html


@pytest.mark.django_db
@pytest.mark.parametrize("view", gallery.VIEWS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_gallery_shows_every_layout_in_both_languages(client: Client, view: str, language: str) -> None:
    client.cookies["django_language"] = language
    response = client.get("/style/", {"view": view, "sort": "-cap", "stage": "failed"})
    html = response.content.decode()
    assert response.status_code == 200
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in html
    assert html.count("<h1") >= 1 and 'id="main"' in html
    assert "style=" not in html and "onclick" not in html and not re.search(r"<script(?![^>]*src=)", html)
    assert len(re.findall(r' id="([^"]+)"', html)) == len(set(re.findall(r' id="([^"]+)"', html)))


@pytest.mark.django_db
def test_the_rehearsal_banner_stands_on_every_page_with_the_simulated_time(client: Client) -> None:
    html = client.get("/style/").content.decode()
    assert "演练环境" in html and "2026-03-23 周一 09:30" in html


@pytest.mark.django_db
def test_the_theme_is_kept_in_a_cookie_and_read_before_the_first_paint(client: Client) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": "/style/"})
    assert response.status_code == 302 and response["Location"] == "/style/"
    assert 'data-theme="dark"' in client.get("/style/").content.decode()
    client.post("/theme/", {"theme": "", "next": "/style/"})
    assert "data-theme" not in client.get("/style/").content.decode()


@pytest.mark.django_db
def test_the_theme_switch_leads_nowhere_else_and_believes_no_other_value(client: Client) -> None:
    response = client.post("/theme/", {"theme": '"><script>', "next": "https://evil.example/"})
    assert response["Location"] == "/"
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/style/").content.decode()
    assert client.get("/theme/").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_the_entrance_pages_wear_our_clothes(client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    assert 'class="entrance"' in html and html.count("button sun") == 1 and html.count("<h1") == 1


@pytest.mark.django_db
def test_a_failed_login_lists_its_error_on_top(client: Client) -> None:
    html = client.post("/accounts/login/", {"login": "wang@example.cn", "password": "wrong"}).content.decode()
    assert 'id="errors"' in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/accounts/2fa/", "/accounts/sessions/", "/accounts/password/change/", "/accounts/logout/"]
)
def test_the_account_pages_of_a_person_are_drawn_by_us(client: Client, path: str) -> None:
    person = get_user_model().objects.create(email="wang@example.cn")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    html = client.get(path, follow=True).content.decode()
    assert html.count("<h1") == 1 and 'href="/static/dist/css/app.css"' in html


@pytest.mark.django_db
def test_a_stranger_at_a_closed_page_reads_why_in_words(client: Client) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404 and "找不到这个页面" in response.content.decode()
