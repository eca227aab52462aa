"""The translation tool: what it finds, what it keeps, what it calls incomplete; and that our own English is complete."""

import io
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tools import messages


def test_every_text_of_the_house_has_its_english() -> None:
    assert messages.faults() == []


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_template_gives_tags_variables_filters_blocks_and_contexts(tmp_path: Path) -> None:
    template = write(
        tmp_path,
        "page.html",
        """<p title="{% translate "提交" %}">{{ _("你好") }} it's "quoted" {% if a == _("好") %}{% endif %}
    {% blocktranslate count n=n %}有 {{ n }} 个{% plural %}有 {{ n }} 些{% endblocktranslate %}
  {% blocktranslate trimmed %}
      第一行
    {{ z }} 第二行
  {% endblocktranslate %} ( [ { \\ {# 注释 #}
 {% translate "开标" context "按钮" %}</p>""",
    )
    assert list(messages.messages_of(template)) == [
        ("提交", None),
        ("你好", None),
        ("好", None),
        (("有 %(n)s 个", "有 %(n)s 些"), None),
        ("第一行 %(z)s 第二行", None),
        ("开标", "按钮"),
    ]


def test_python_gives_lazy_plural_and_context_texts_and_nothing_unmarked(tmp_path: Path) -> None:
    module = write(
        tmp_path,
        "module.py",
        'a = _("甲" "乙")\nb = "丙"\nc = ngettext("一个", "多个", n)\nd = pgettext_lazy("动作", "开标")\n',
    )
    assert list(messages.messages_of(module)) == [("甲乙", None), (("一个", "多个"), None), ("开标", "动作")]


def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, po: str | None = None) -> Path:
    """A small app in a tree of its own, with one module and, if given, a catalogue."""
    app = tmp_path / "sunshine" / "room"
    app.mkdir(parents=True)
    (tmp_path / "config").mkdir()
    write(app, "module.py", source)
    if po is not None:
        (app / messages.CATALOGUE).parent.mkdir(parents=True)
        (app / messages.CATALOGUE).write_text(po, "utf-8")
    monkeypatch.setattr(messages, "BASE", tmp_path)
    monkeypatch.setattr(messages, "app_folders", lambda: [app, tmp_path / "config"])
    return app


def test_an_update_keeps_english_adds_empty_drops_stale_and_is_its_own_fixed_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    po = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "旧"\nmsgstr "old"\n\nmsgid "留"\nmsgstr "kept"\n'
    app = house(tmp_path, monkeypatch, 'a = _("新")\nb = _("留")\n', po)
    messages.update()
    first = (app / messages.CATALOGUE).read_text("utf-8")
    messages.update()
    assert (app / messages.CATALOGUE).read_text("utf-8") == first
    assert str(tmp_path) not in first
    assert "POT-Creation-Date" not in first
    catalogue = read_po(io.StringIO(first), locale="en")
    assert {message.id: message.string for message in catalogue if message.id} == {"新": "", "留": "kept"}
    assert messages.faults() == ["sunshine/room: no English: '新'"]


def test_a_stale_text_a_lost_placeholder_and_a_contradiction_are_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    po = 'msgid "共 %(n)s 个"\nmsgstr "many"\n\nmsgid "旧"\nmsgstr "old"\n\nmsgid "同"\nmsgstr "same"\n'
    house(tmp_path, monkeypatch, 'a = _("共 %(n)s 个")\nb = _("同")\n', po)
    write(tmp_path / "config", "words.py", 'a = _("同")\n')
    (tmp_path / "config" / messages.CATALOGUE).parent.mkdir(parents=True)
    (tmp_path / "config" / messages.CATALOGUE).write_text('msgid "同"\nmsgstr "equal"\n', "utf-8")
    assert messages.faults() == [
        "sunshine/room: stale: '旧'",
        "sunshine/room: placeholders differ: '共 %(n)s 个'",
        "config: sunshine/room translates '同' otherwise",
        "config: config/locale is not in LOCALE_PATHS, its translations are never read",
    ]


def test_a_compiled_catalogue_is_what_gettext_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gettext

    app = house(tmp_path, monkeypatch, "", 'msgid "开标"\nmsgstr "Opening"\n')
    messages.compile_stale()
    with (app / messages.CATALOGUE).with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("开标") == "Opening"


def test_an_empty_catalogue_renders_to_its_header_alone() -> None:
    assert messages.render(Catalog(locale="en")).count("msgid") == 1
