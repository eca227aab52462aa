"""Whoever chooses a language reads the pages and gets the mail in it; nonsense changes nothing."""

import pytest
from django.test import Client

from sunshine.domain.parties.models import Person
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.people import PASSWORD
from tests.cast import cast, ground  # noqa: F401

pytestmark = pytest.mark.django_db


def test_a_choice_of_language_is_remembered_for_mail(cast: play.Cast, client: Client) -> None:  # noqa: F811
    person = cast["supplier1"].person
    client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    for said, kept in (("en", "en"), ("tlh", "en"), ("zh-hans", "zh-hans")):
        assert client.post("/language/", {"language": said, "next": "/account/"}).status_code == 302
        assert Person.objects.get(pk=person.pk).language == kept


def test_whoever_logs_in_on_a_new_browser_finds_the_language_chosen_before(cast: play.Cast) -> None:  # noqa: F811
    person = cast["supplier1"].person
    given = {"login": person.email, "password": PASSWORD}
    first = Client()
    assert first.post("/accounts/login/", given).status_code == 302 and "django_language" not in first.cookies
    first.post("/language/", {"language": "en", "next": "/"})
    second, third = Client(), Client()
    third.post("/language/", {"language": "zh-hans", "next": "/"})
    for browser, language in ((second, "en"), (third, "zh-hans")):
        assert browser.post("/accounts/login/", given).status_code == 302
        assert browser.cookies["django_language"].value == language


def test_a_visitor_chooses_for_the_browser_alone_and_is_sent_nowhere_else(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
    assert "Notices" in client.get("/notices/").content.decode()
    assert client.get("/language/").status_code == 405
