"""`python -m pictures [NAME…]`: draws docs/channels/pictures/NAME.png with Chromium, docs/pictures/NAME.svg without.

Every word in a picture is made by the channel's own code for one and the same incident; only the frame around it, which
belongs to the vendor, is imitated.
"""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import async_playwright

from pictures import ladders
from pictures.frames import FRAMES

HERE = Path(__file__).resolve().parent.parent / "docs" / "channels" / "pictures"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


async def draw(names: list[str]) -> None:
    """Raises KeyError for a name that is not there."""
    HERE.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names:
            page = await browser.new_page(
                viewport={"width": FRAMES[name].width, "height": 200}, device_scale_factor=1.5
            )
            await page.set_content(FRAMES[name].html())
            await page.screenshot(path=HERE / f"{name}.png", full_page=True)
            print(f"{name}.png")
        await browser.close()


if __name__ == "__main__":
    names = sys.argv[1:] or [*ladders.LADDERS, *FRAMES]
    for name in names:
        if name in ladders.LADDERS:
            print(ladders.draw(name))
    if framed := [name for name in names if name not in ladders.LADDERS]:
        asyncio.run(draw(framed))
