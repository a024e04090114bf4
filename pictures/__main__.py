"""`python -m pictures [NAME…]`: draws docs/channels/pictures/NAME.png with Chromium, docs/pictures/NAME.svg without,
and docs/pictures/console-NAME.png of the console; `console` names all of those.

Every word in a picture is made by the channel's own code for one and the same incident; only the frame around it, which
belongs to the vendor, is imitated. The console's pages are pages of a real house.
"""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import async_playwright

from pictures import console, ladders
from pictures.chromium import CHROMIUM, FLAGS
from pictures.frames import FRAMES

HERE = Path(__file__).resolve().parent.parent / "docs" / "channels" / "pictures"


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
    names = sys.argv[1:] or [*ladders.LADDERS, *FRAMES, "console"]
    if "console" in names:
        names = [name for name in names if name != "console"] + [*console.PICTURES]
    for name in names:
        if name in ladders.LADDERS:
            print(ladders.draw(name))
    if pages := [name for name in names if name in console.PICTURES]:
        console.draw(pages)
    if framed := [name for name in names if name not in ladders.LADDERS and name not in console.PICTURES]:
        asyncio.run(draw(framed))
