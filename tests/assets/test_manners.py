"""app.js: what every page does without being asked."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.assets.door import TOKEN, Door

APP = '<html lang="zh-Hans"><script type="module" src="/static/dist/js/app.js"></script><main tabindex="-1">'
GRID = """<table data-paste-grid><tbody>
  <tr><td><input id=a1></td><td><input id=b1></td></tr>
  <tr><td><input id=a2></td><td><input id=b2 readonly value=fixed></td></tr>
</tbody></table>"""

Show = Callable[[str], Page]


@pytest.fixture
def show(page: Page, door: Door) -> Show:
    def serve(body: str) -> Page:
        door.pages["/page"] = APP + body
        page.goto(door.url("/page"))
        page.wait_for_function("globalThis.htmx !== undefined")
        return page

    return serve


def paste(page: Page, field: str, text: str) -> None:
    page.locator(field).evaluate(
        """(input, text) => { const data = new DataTransfer(); data.setData("text/plain", text); input.focus();
           input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
        text,
    )


def test_a_block_from_a_spreadsheet_fills_the_cells_and_tells_what_did_not_fit(show: Show) -> None:
    page = show(GRID)
    page.evaluate("document.addEventListener('sun:paste-overflow', (event) => (globalThis.left = event.detail.rows))")
    paste(page, "#a1", '1.5\t"两\n行"\r\n2\t3\r\n4\t5\r\n')
    values = [page.locator(field).input_value() for field in ("#a1", "#b1", "#a2", "#b2")]
    assert values == ["1.5", "两行", "2", "fixed"]
    assert page.evaluate("globalThis.left") == [["4", "5"]]


def test_a_single_value_is_pasted_as_ever(show: Show) -> None:
    page = show(GRID)
    prevented = page.evaluate(
        """() => { const data = new DataTransfer(); data.setData("text/plain", "7");
           const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
           document.querySelector("#a1").dispatchEvent(event); return event.defaultPrevented; }"""
    )
    assert prevented is False


def test_the_keyboard_goes_down_the_grid(show: Show) -> None:
    page = show(GRID)
    page.locator("#a1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#a2")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#a1")).to_be_focused()


def test_a_double_click_submits_once(show: Show, door: Door) -> None:
    page = show('<form method=post action="/box/uploads/"><button>递交</button></form>')
    page.evaluate(
        """() => { globalThis.sent = 0;
           document.addEventListener("submit", (event) => { if (!event.defaultPrevented) sent++; event.preventDefault(); }); }"""
    )
    page.locator("button").dblclick()
    assert page.evaluate("sent") == 1


def test_a_grey_button_does_not_act(show: Show) -> None:
    page = show('<form action="/blank"><button aria-disabled="true">开标</button></form>')
    page.locator("button").click(force=True)
    page.wait_for_timeout(200)
    assert page.url.endswith("/page")


def test_htmx_sends_the_token_swaps_a_refusal_and_runs_no_scripts(show: Show, door: Door, page: Page) -> None:
    seen: dict[str, Any] = {}

    def refuse(route: Any) -> None:
        seen.update(route.request.headers)
        route.fulfill(status=409, content_type="text/html", body="<b>不能开标</b><script>globalThis.ran = 1</script>")

    page.route("**/act", refuse)
    show('<div id=out></div><button hx-post="/act" hx-target="#out">开标</button>')
    page.locator("button").click()
    expect(page.locator("#out b")).to_have_text("不能开标")
    assert seen["x-csrftoken"] == TOKEN
    assert page.evaluate("globalThis.ran") is None


def test_menus_close_on_escape_and_give_the_focus_back(show: Show) -> None:
    page = show('<details class=menu open><summary>菜单</summary><a href="#">一</a></details><p>外面</p>')
    page.locator("a").focus()
    page.keyboard.press("Escape")
    expect(page.locator("details")).not_to_have_attribute("open", "")
    expect(page.locator("summary")).to_be_focused()
    page.locator("summary").click()
    page.locator("p").click()
    expect(page.locator("details")).not_to_have_attribute("open", "")


def test_the_theme_changes_in_place_and_is_remembered_for_the_server(show: Show) -> None:
    page = show(
        '<form method=post action="/theme/"><button name=theme value=dark>深</button><button name=theme value="">自</button></form>'
    )
    page.get_by_text("深").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert {"theme": "dark"}.items() <= {each["name"]: each["value"] for each in page.context.cookies()}.items()
    page.get_by_text("自").click()
    assert page.evaluate("document.documentElement.dataset.theme ?? null") is None
    assert "theme" not in [each["name"] for each in page.context.cookies()]


def test_a_form_is_saved_while_typing(show: Show, page: Page) -> None:
    bodies: list[str] = []

    def save(route: Any) -> None:
        bodies.append(route.request.post_data)
        route.fulfill(status=204)

    page.route("**/draft", save)
    show(
        '<form data-autosave="/draft"><input name=title><span data-saved data-done="已保存" data-failed="没有保存"></span></form>'
    )
    page.locator("input").press_sequentially("水泵")
    expect(page.locator("[data-saved]")).to_have_text("已保存", timeout=5000)
    assert len(bodies) == 1
    assert "水泵" in bodies[0]


def test_a_countdown_runs_on_the_servers_clock_whatever_the_visitors_says(show: Show) -> None:
    texts = {"days": "还有 {d} 天 {h} 小时", "hours": "还有 {h}:{m}:{s}", "over": "已截止"}
    templates = "".join(f'<template data-text="{key}">{text}</template>' for key, text in texts.items())
    shown = {
        "2001-01-03T05:00:00+08:00": "还有 2 天 05 小时",
        "2001-01-01T00:00:02+08:00": "还有 00:00:0",
        "2000-12-31T23:59:00+08:00": "已截止",
    }
    body = "".join(
        f'<sun-countdown data-until="{until}" data-now="2001-01-01T00:00:00+08:00">{templates}<span data-ref=left></span></sun-countdown>'
        for until in shown
    )
    page = show(body)
    for number, text in enumerate(shown.values()):
        expect(page.locator("sun-countdown").nth(number)).to_contain_text(text)
    expect(page.locator("sun-countdown").nth(1)).to_contain_text("已截止", timeout=5000)
