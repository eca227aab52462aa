"""Every page answers in every state, within twenty queries."""

import pytest

from sunshine.interfaces.rehearsal import play, stage
from tests.interfaces.web.buyer_running.world import enter

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


def pages(played: play.Played) -> list[str]:
    lot = f"/buyer/lots/{played.lots[0]}"
    tabs = [f"{lot}/{tab}/" for tab in ("panel", "evaluation", "candidates", "award", "contract", "fail")]
    return [f"/buyer/projects/{played.project}/opening/", *tabs, "/buyer/objections/", "/buyer/contracts/"]


def test_every_page_answers_in_every_state_within_twenty_queries(
    sealed: play.Played, django_assert_max_num_queries
) -> None:
    lot = sealed.lots[0]
    clients = [enter(sealed.cast[key]) for key in ("officer", "publisher", "signatory", "reviewer")]

    def look() -> None:
        for client in clients:
            for page in pages(sealed):
                with django_assert_max_num_queries(20):
                    answer = client.get(page, follow=False)
                assert answer.status_code in (200, 302, 403), (page, answer.status_code)

    look()
    stage.opened(sealed)
    look()
    stage.evaluated(sealed, lot)
    look()
    stage.candidates(sealed, lot)
    look()
    stage.awarded(sealed, lot)
    look()
    stage.contracted(sealed, lot)
    look()
