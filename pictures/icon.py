"""`python -m pictures.icon`: draws the icon of notifications and home screens, three rising steps, with Chromium."""

import asyncio
from pathlib import Path

from playwright.async_api import async_playwright

from pictures.chromium import CHROMIUM, FLAGS

HERE = Path(__file__).resolve().parent.parent / "escalator" / "web" / "pages" / "static"
FILES = {"icon.png": 192, "icon-512.png": 512}
# Steps stay within the middle 80 %: phones cut icons round. No corners are rounded here, for the same reason.
DRAWN = """<!doctype html><body style="margin:0"><svg width="100%" viewBox="0 0 48 48">
<rect width="48" height="48" fill="#1f5fd6"/><g fill="#fff"><rect x="11" y="27" width="7" height="9" rx="1.5"/>
<rect x="20.5" y="20" width="7" height="16" rx="1.5"/><rect x="30" y="12" width="7" height="24" rx="1.5"/></g></svg>"""


async def draw() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, size in FILES.items():
            page = await browser.new_page(viewport={"width": size, "height": size})
            await page.set_content(DRAWN)
            await page.screenshot(path=HERE / name)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw())
