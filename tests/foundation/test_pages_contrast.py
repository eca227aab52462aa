"""The colours of the design, measured: text on its ground reaches WCAG AA in both themes."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "assets/css/tokens.css"
BLOCK = re.compile(r"(:root[^{]*)\{([^{}]*)\}")
TOKEN = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6});")


def themes() -> dict[str, dict[str, str]]:
    """The colour tokens of each theme, by the selector that sets them."""
    found = {}
    for selector, body in BLOCK.findall(TOKENS.read_text("utf-8")):
        if colours := dict(TOKEN.findall(body)):
            found[selector.strip()] = colours
    return found


THEMES = themes()
LIGHT = THEMES[":root"]
DARK = THEMES[':root[data-theme="dark"]']

GROUNDS = ("paper", "surface", "hover", "grey-wash")
TEXT = [(text, ground) for text in ("ink", "grey", "jade", "cinnabar", "indigo") for ground in GROUNDS]
TEXT += [("on-sun", "sun"), ("jade", "jade-wash"), ("cinnabar", "cinnabar-wash"), ("indigo", "indigo-wash")]
TEXT += [("on-wash", wash) for wash in ("sun-wash", "jade-wash", "cinnabar-wash", "indigo-wash", "grey-wash")]
# Borders of inputs and buttons, focus rings and the shapes of a status carry meaning: 3:1 (WCAG 1.4.11).
SHAPES = [(shape, ground) for shape in ("edge", "sun", "jade", "cinnabar", "indigo") for ground in ("paper", "surface")]


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_is_legible_on_its_ground(theme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_edges_and_shapes_can_be_seen(theme: dict[str, str], shape: str, ground: str) -> None:
    assert contrast(theme[shape], theme[ground]) >= 3


def test_the_two_ways_to_the_dark_theme_are_one_theme() -> None:
    assert THEMES[':root:not([data-theme="light"])'] == DARK
    assert DARK.keys() == LIGHT.keys()


def test_the_tokens_are_those_of_the_design() -> None:
    wanted = {"ink": "#1b2430", "paper": "#fbfaf7", "surface": "#ffffff", "line": "#e4e1d8", "sun": "#c8811a"}
    wanted |= {"sun-deep": "#a86a10", "sun-wash": "#fdf3e1", "jade": "#1f7a5c", "cinnabar": "#b3372b"}
    wanted |= {"indigo": "#2c4a7c", "grey": "#6b7280"}
    assert wanted.items() <= LIGHT.items()
