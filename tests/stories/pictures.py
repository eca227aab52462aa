"""The pictures of the help pages, taken while the story is played: two languages, two widths, as WebP.

`make pictures` writes them where the portal serves them; a shot whose name stands in HELP is one of them.
"""

import base64
import os
from pathlib import Path

from playwright.sync_api import Page

HELP = {
    "register": "register",
    "certificates": "certificate",
    "bid": "bid",
    "my-bids": "my-bids",
    "release": "release",
    "readout": "readout",
    "scoring": "scoring",
    "report": "report",
    "objection": "objection",
    "supplier-contract": "contract",
    "project": "project",
    "verify": "verify",
}
FOLDER = Path(os.environ.get("SUNSHINE_PICTURES", ""))
QUALITY = 0.72
_ENCODE = """async ([png, quality]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


def wanted(name: str) -> bool:
    """Whether this shot is to become a picture of the help pages now."""
    return bool(os.environ.get("SUNSHINE_PICTURES")) and name in HELP


def take(page: Page, name: str, language: str, width: int) -> None:
    """The window as it stands, written as <picture>-<language>-<width>.webp; Chromium itself encodes it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    png = base64.b64encode(page.screenshot(animations="disabled")).decode()
    bench = page.context.browser.new_page()  # type: ignore[union-attr]  # a blank page without the platform's policy
    try:
        webp = bench.evaluate(_ENCODE, [png, QUALITY])
    finally:
        bench.close()
    (FOLDER / f"{HELP[name]}-{language}-{width}.webp").write_bytes(base64.b64decode(webp))
