"""Policies edited under a running service: taken up within 5 seconds, or refused and shown."""

import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.process.service import POLICIES, Service, until

LIMIT = 5.0
"""Seconds between a change on disk and its effect; the machine's own slowness comes on top."""
SLOW = 5.0

pytestmark = pytest.mark.slow


async def document(url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        found: dict[str, Any] = await answer.json()
        return found | {"status": answer.status}


async def test_an_edit_is_live_a_broken_one_is_refused_and_shown(sqlite_url: str, tmp_path: Path) -> None:
    service = Service(sqlite_url, tmp_path, HOOK="http://127.0.0.1:9/")
    written = tmp_path / "policies" / "main.yaml"
    try:
        service.start()
        await service.ready()
        assert (await document(f"{service.base}/readyz"))["policy_revision"] == 1

        async def revision(number: int) -> bool:
            return (await document(f"{service.base}/readyz"))["policy_revision"] == number

        before = time.monotonic()
        written.write_text(POLICIES.replace("1h", "2h"))
        await until(lambda: revision(2))
        assert time.monotonic() - before < LIMIT + SLOW

        written.write_text(POLICIES.replace("person: alice", "person: alcie"))
        await until(lambda: _problem(service))
        shown = await document(f"{service.base}/readyz")
        assert shown["status"] == 200
        assert shown["policy_revision"] == 2
        assert "main.yaml:4:" in shown["policy_problem"]
        assert "alcie" in shown["policy_problem"]
        assert "escalator_policy_error 1.0" in await _text(f"{service.base}/metrics")
        assert any("policies refused" in line for line in service.log)

        written.write_text(POLICIES.replace("1h", "2h"))
        await until(lambda: _healed(service))
    finally:
        service.close()


async def _problem(service: Service) -> bool:
    return bool((await document(f"{service.base}/readyz"))["policy_problem"])


async def _healed(service: Service) -> bool:
    return not await _problem(service)


async def _text(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


async def test_a_first_start_on_policies_that_fail_their_check_runs_and_says_so(
    sqlite_url: str, tmp_path: Path
) -> None:
    """There is nothing to fall back on, and no policy at all would page nobody."""
    service = Service(sqlite_url, tmp_path, POLICIES.replace("catch_all: page", "catch_all: nowhere"))
    try:
        service.start()
        await service.ready()
        shown = await document(f"{service.base}/readyz")
        assert "nowhere" in shown["policy_problem"]
        found = await document(f"{service.base}/api/v1/incidents")
        assert [item["title"].split(":")[0] for item in found["items"]] == ["PoliciesRefused"]

        (tmp_path / "policies" / "main.yaml").write_text(POLICIES)

        async def over() -> bool:
            return (await document(f"{service.base}/api/v1/incidents"))["items"][0]["status"] == "resolved"

        await until(over)
    finally:
        service.close()
