"""Whoever starts a service that asks for tokens is let in once by what it prints; nobody else is, and not for long."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs

from escalator.app.serving import doors, invite
from escalator.web import build
from tests.engine.live import live, policies
from tests.web.asgi import Client
from tests.web.pages.browser import Browser

SETTINGS: Any = SimpleNamespace(public_url="http://localhost:8080/")


async def test_the_first_start_prints_a_link_that_signs_in_once(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "policies", policies("alice: {contacts: {email: a@example.com}}")) as one:
        with capture_logs() as said:
            await invite(one.house, SETTINGS)
            await invite(one.house, SETTINGS)
        urls = [line["url"] for line in said if "sign-in" in line.get("url", "")]
        assert len(urls) == 2, "a restart before anybody signed in prints another"
        found = re.fullmatch(r"http://localhost:8080(/sign-in/[\w-]{43})", urls[0])
        assert found is not None
        browser = Browser(Client(build(doors(one.house, open_mode=False))))
        assert (await browser.get("/system/audit")).status == 303
        assert (await browser.submit(found.group(1))).status == 200
        assert "session.open" in (await browser.get("/system/audit")).text
        with capture_logs() as said:
            await invite(one.house, SETTINGS)
        assert said == [], "somebody can make tokens now"
