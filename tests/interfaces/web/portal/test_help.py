"""The help pages show the platform's own pages, in the reader's language, for a desk and for a phone."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from sunshine.interfaces.web.portal import markup
from sunshine.interfaces.web.portal.views_help import HELP, ORDER

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", ORDER)
def test_an_article_shows_pictures_that_are_there_in_its_own_language(slug: str, client: Client) -> None:
    for folder, language in (("zh", "zh-hans"), ("en", "en")):
        page = client.get(f"/help/{slug}/", headers={"accept-language": language}).content.decode()
        shown = re.findall(r'(?:src|srcset)="/static/(help/[^"]+)"', page)
        assert shown, "an article without a picture"
        assert {name.split("-")[-2] for name in shown} == {folder}
        assert {name.split("-")[-1] for name in shown} == {"390.webp", "1440.webp"}
        for name in shown:
            found = finders.find(name)
            assert found, name
            assert Path(str(found)).read_bytes()[8:12] == b"WEBP"


def test_both_languages_show_the_same_pictures() -> None:
    def pictures(folder: str) -> list[str]:
        texts = [(HELP / folder / f"{slug}.md").read_text("utf-8") for slug in ORDER]
        return [re.sub(r"-(zh|en)\)", ")", one) for text in texts for one in re.findall(r"\(help/[\w-]+\)", text)]

    assert pictures("zh") == pictures("en")


def test_a_picture_says_what_it_shows_and_nothing_runs_in_it() -> None:
    html = str(markup.render("![“<b>报价</b>”](help/bid-zh)"))
    assert "&lt;b&gt;报价" in html and "<b>" not in html and html.count("<figcaption>") == 1
    assert "<img" not in str(markup.render("![x](https://elsewhere.example/x.png)"))
