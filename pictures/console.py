"""The main pages of the console as pictures for docs/: the filled house at NOW, on a desk by light and on a phone in
the dark.

`python -m pictures console` draws all; `python -m pictures console-list-phone` draws one.
"""

import asyncio
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import async_playwright

from escalator.app import logs
from pictures.chromium import CHROMIUM, FLAGS
from pictures.filled import filled
from pictures.look import Look, photograph

HERE = Path(__file__).resolve().parent.parent / "docs" / "pictures"
DESK, PHONE = Look("desktop", "light"), Look("phone", "dark")


class Shot(NamedTuple):
    """One page in both lights."""

    name: str
    path: str
    height: int = 900
    """Of what is seen of it at a desk, in pixels; a phone shows what a phone shows."""


SHOTS = (
    Shot("list", "/"),
    Shot("incident", "/incidents/212", 1240),
    Shot("oncall", "/oncall"),
    Shot("schedule", "/oncall/payments"),
    Shot("policies", "/policies"),
    Shot("silences", "/silences"),
    Shot("insight", "/insight", 1240),
    Shot("system", "/system"),
    Shot("outbox", "/system/outbox"),
)
BOTH = (("", DESK), ("-phone", PHONE))
PICTURES = {f"console-{shot.name}{suffix}": (shot, look) for shot in SHOTS for suffix, look in BOTH}


def draw(names: list[str]) -> None:
    """Raises KeyError for a name that is not there."""
    logs.configure("console", "error")
    asyncio.run(_draw(names))


async def _draw(names: list[str]) -> None:
    async with filled() as house, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names:
            shot, look = PICTURES[name]
            await photograph(browser, house.base, shot.path, look, HERE / f"{name}.png", tall=shot.height)
            print(f"{name}.png")
        await browser.close()
