"""`python -m pictures.look PATH… [--out DIR] [--phone] [--desktop] [--dark] [--light] [--no-script] [--small]`

Serves the filled house and photographs its pages, each on a desktop in the light and on a phone in the dark if nothing
else is asked for. `--serve PORT` serves it and waits, for a browser of your own. `python -m pictures.look --incidents`
lists what is open, with numbers.
"""

import argparse
import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from escalator.app import logs
from escalator.core.instant import to_datetime
from escalator.store import incidents
from escalator.web.pages.entry import ME
from pictures.chromium import CHROMIUM, FLAGS
from pictures.filled import NOW, Filled, filled


class Look(NamedTuple):
    """On what, and in which light, a page is looked at."""

    device: str
    scheme: str
    script: bool = True

    @property
    def name(self) -> str:
        return f"{self.device}-{self.scheme}" + ("" if self.script else "-plain")


SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    },
    "small": {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True},
}
USUAL = (Look("desktop", "light"), Look("phone", "dark"))


@asynccontextmanager
async def opened(browser: Browser, look: Look) -> AsyncIterator[BrowserContext]:
    """A browser's window whose clock stands at NOW."""
    context = await browser.new_context(
        **SIZES[look.device], color_scheme=look.scheme, java_script_enabled=look.script, timezone_id="Europe/London",
        locale="en-GB", reduced_motion="reduce",
    )  # fmt: skip
    try:
        if look.script:
            await context.clock.set_fixed_time(to_datetime(NOW))
        yield context
    finally:
        await context.close()


async def photograph(browser: Browser, base: str, path: str, look: Look, to: Path, *, tall: int | None = None) -> None:
    """One page, once it has come to rest. `tall`: so many pixels of it at a desk, and a screen of it on a phone; None:
    all of it. Raises ValueError for a page that is not there where not all of it is wanted.
    """
    async with opened(browser, look) as context:
        page = await context.new_page()
        await context.add_cookies([{"name": ME, "value": "ana", "url": base}])
        page.on("console", lambda said: _hear(path, said.type, said.text))
        page.on("pageerror", lambda error: print(f"  {path}: {error}"))
        answer = await page.goto(base + path)
        if answer is not None and answer.status != 200:
            print(f"  {path}: {answer.status}")
            if tall is not None:
                raise ValueError(f"{path} answers {answer.status}")
        await page.wait_for_timeout(250)
        await _stretch(page, look, tall)
        await _at_rest(page, to)
        if look.script and await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            print(f"  {path}: wider than the {look.device}")


async def _at_rest(page: Page, to: Path) -> None:
    """A picture once nothing changes any more: frames load, and what scrolls into view takes its own time."""
    shot = await page.screenshot(path=to)
    for _ in range(20):
        await page.wait_for_timeout(150)
        before, shot = shot, await page.screenshot(path=to)
        if shot == before:
            return


def _hear(path: str, kind: str, text: str) -> None:
    # Playwright's own clock is a script, which the frame of a letter refuses as it refuses any.
    if kind == "error" and "document's frame is sandboxed" not in text:
        print(f"  {path}: {text}")


async def _stretch(page: Page, look: Look, tall: int | None) -> None:
    """What is fixed to the screen's edge stands at the edge of the picture."""
    size = SIZES[look.device]["viewport"]
    if tall is None:
        await page.set_viewport_size({**size, "height": await page.evaluate("document.documentElement.scrollHeight")})
    elif look.device == "desktop":
        await page.set_viewport_size({**size, "height": tall})
    await page.wait_for_timeout(100)


async def look(paths: Sequence[str], looks: Sequence[Look], out: Path) -> None:
    async with filled() as house, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for path, each in product(paths, looks):
            to = out / f"{_file(path)}-{each.name}.png"
            await photograph(browser, house.base, path, each, to)
            print(to)
        await browser.close()


async def listed() -> None:
    async with filled() as house:
        await _listed(house)


async def _listed(house: Filled) -> None:
    ids = await house.house.database.read(lambda c: incidents.open_after(c, 0, 1000))
    found = await house.house.database.read(lambda c: incidents.load(c, ids))
    for id, each in sorted(found.items()):
        print(f"{id:>5}  {each.status:<13} level {each.level}  {each.title[:90]}")


async def serve(port: int) -> None:
    """With a clock that runs on from NOW."""
    began = datetime.now(UTC)
    async with filled(lambda: NOW + int((datetime.now(UTC) - began).total_seconds() * 1_000_000), port=port) as house:
        print(f"{house.base}, until Ctrl-C")
        await asyncio.Event().wait()


def _file(path: str) -> str:
    return re.sub(r"\W+", "-", path).strip("-") or "list"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pictures.look", description=__doc__)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--out", type=Path)
    for flag in ("phone", "small", "desktop", "dark", "light", "no-script", "incidents"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("--serve", type=int, metavar="PORT")
    asked = parser.parse_args()
    logs.configure("console", "error")
    if asked.incidents:
        asyncio.run(listed())
    elif asked.serve is not None:
        asyncio.run(serve(asked.serve))
    else:
        out = asked.out or Path(tempfile.mkdtemp(prefix="look-"))
        out.mkdir(parents=True, exist_ok=True)
        asyncio.run(look(asked.paths or ["/"], _looks(asked), out))


def _looks(asked: argparse.Namespace) -> list[Look]:
    devices = [device for device in SIZES if getattr(asked, device)]
    schemes = [scheme for scheme in ("light", "dark") if getattr(asked, scheme)]
    if not devices and not schemes:
        return [each._replace(script=not asked.no_script) for each in USUAL]
    pairs = product(devices or ["desktop", "phone"], schemes or ["light", "dark"])
    return [Look(device, scheme, not asked.no_script) for device, scheme in pairs]


if __name__ == "__main__":
    main()
