"""Notices: list, search, export, proof, feed; and answers that are not made twice."""

import hashlib
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from sunshine.domain.publishing.models import Notice
from sunshine.domain.publishing.queries import notices
from sunshine.flows import terminate
from sunshine.insight import search
from sunshine.interfaces.rehearsal import play

pytestmark = pytest.mark.django_db


def test_the_list_takes_one_query_for_its_state_and_one_for_its_rows(
    contracted: play.Played, client: Client, django_assert_num_queries
) -> None:
    client.get("/notices/?page=1")  # counts and facets of this state are now known
    with django_assert_num_queries(2):
        page = client.get("/notices/?kind=&page=1").content.decode()
    assert "合同公告" in page and "招标公告" in page
    with django_assert_num_queries(1):
        client.get("/notices/?page=1")


def test_a_conditional_request_is_answered_without_rendering_until_something_happens(
    announced: play.Played, client: Client, django_assert_num_queries
) -> None:
    first = client.get("/notices/")
    tag = first.headers["ETag"]
    assert "no-cache" in first.headers["Cache-Control"] and "Cookie" in first.headers["Vary"]
    with django_assert_num_queries(1):
        assert client.get("/notices/", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/notices/", headers={"If-None-Match": tag, "Accept-Language": "en"}).status_code == 200
    terminate.terminate(announced.project, by=announced.cast["publisher"].actor(), reason="规划调整")
    assert client.get("/notices/", headers={"If-None-Match": tag}).status_code == 200


def test_filters_live_in_the_address_and_nonsense_is_ignored(contracted: play.Played, client: Client) -> None:
    assert "共 <strong>1</strong> 条" in client.get("/notices/?kind=award-notice").content.decode()
    assert "没有符合条件的记录" in client.get("/notices/?to=2020-01-01").content.decode()
    for query in ("kind=%27--", "page=99999999999", "page=-1", "from=yesterday", "region=<script>", "q=%00"):
        answer = client.get(f"/notices/?{query}")
        assert answer.status_code == 200 and b"<script>'" not in answer.content, query


def test_chinese_text_is_found_by_the_index_and_before_it_by_titles(contracted: play.Played, client: Client) -> None:
    found = client.get("/notices/?q=取水泵").content.decode()
    assert "招标公告" in found
    search.build(settings.SEARCH_INDEX, (search.Entry(**row) for row in notices.entries()))
    try:
        winner = Notice.objects.get(kind="award-notice").content["winner"]["name"]
        found = client.get("/notices/", {"q": winner, "kind": "award-notice"}).content.decode()
        assert "共 <strong>1</strong> 条" in found and "中标结果公告" in found
        assert "没有符合条件的记录" in client.get("/notices/?q=航空母舰").content.decode()
    finally:
        search.build(settings.SEARCH_INDEX, [])


def test_the_export_is_the_list_and_runs_no_formula(contracted: play.Played, client: Client) -> None:
    answer = client.get("/notices/?kind=tender-notice&export=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer.headers["Content-Type"].startswith("text/csv") and len(lines) == 2
    assert "城西水厂取水泵更新" in lines[1] and "2000000.00" in lines[1]


def test_the_json_of_a_notice_has_exactly_its_digest(contracted: play.Played, client: Client) -> None:
    for row in Notice.objects.all():
        content = client.get(f"/notices/{row.public_id}/content.json").content
        assert hashlib.sha256(content).hexdigest() == row.digest
        page = client.get(f"/notices/{row.public_id}/")
        assert page.status_code == 200 and row.digest in page.content.decode()


def test_what_was_ended_before_it_was_announced_is_nobodys_to_read(cast: play.Cast, client: Client) -> None:
    played = play.a_project(cast)
    terminate.terminate(played.project, by=cast["publisher"].actor(), reason="不再需要")
    assert "不再需要" not in client.get("/notices/").content.decode()
    for row in Notice.objects.all():
        assert client.get(f"/notices/{row.public_id}/").status_code == 404
        assert client.get(f"/notices/{row.public_id}/content.json").status_code == 404


def test_the_feed_is_atom_with_the_newest_first(contracted: play.Played, client: Client) -> None:
    answer = client.get("/notices/feed.xml")
    tree = ElementTree.fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [entry.findtext(f"{atom}title") or "" for entry in tree.iter(f"{atom}entry")]
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    assert "合同公告" in titles[0] and len(titles) == Notice.objects.count()


def test_robots_may_read_what_is_public(client: Client) -> None:
    said = client.get("/robots.txt").content.decode()
    assert "Disallow: /buyer/" in said and "Allow: /" in said


def test_two_hundred_notices_cost_no_more_than_one(
    contracted: play.Played, client: Client, django_assert_max_num_queries
) -> None:
    one = Notice.objects.get(kind="tender-notice")
    rows = [
        Notice(**{**_fields(one), "public_id": f"N-many{n:06d}", "supersedes": None, "revision": 1}) for n in range(200)
    ]
    Notice.objects.bulk_create(rows)
    with django_assert_max_num_queries(5):
        page = client.get("/notices/?page=3").content.decode()
    assert "第 41–60 条" in page


def _fields(row: Notice) -> dict[str, object]:
    return {field.name: getattr(row, field.name) for field in row._meta.fields if field.name != "id"}
