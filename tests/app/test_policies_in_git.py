"""A real service whose policies are in git: pushed and told by the forge, refused, rolled back; no password shows."""

import hmac
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.engine.forge import Forge
from tests.process.service import POLICIES, Service, until

pytestmark = pytest.mark.slow

SECRET = "push-secret"


async def ask(method: str, url: str, **more: Any) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.request(method, url, **more) as answer:
        found: dict[str, Any] = await answer.json()
        return found | {"status": answer.status}


async def test_a_push_is_live_when_the_forge_says_so_and_a_rollback_stays(sqlite_url: str, tmp_path: Path) -> None:
    forge = Forge(tmp_path)
    forge.pushes("Pages Alice", policies__main=POLICIES)
    service = Service(
        sqlite_url, tmp_path, HOOK="http://127.0.0.1:9/", ESCALATOR_POLICIES=f"{forge.url}#main:policies",
        ESCALATOR_POLICIES_INTERVAL="1d", TMPDIR=str(tmp_path), ESCALATOR_POLICIES_WEBHOOK_SECRET=SECRET,
    )  # fmt: skip
    door = f"{service.base}/api/v1/policies"

    async def live(number: int) -> bool:
        shown = (await ask("GET", door))["live"]
        return bool(shown and shown["revision"] == number)

    async def tells() -> int:
        body = forge.git("rev-parse", "HEAD").encode()
        signature = hmac.new(SECRET.encode(), body, sha256).hexdigest()
        headers = {"X-Gitea-Signature": signature}
        status: int = (await ask("POST", f"{service.base}/replies/git", data=body, headers=headers))["status"]
        return status

    try:
        service.start()
        await service.ready()
        assert await live(1)
        commit = forge.pushes("Slower", policies__main=POLICIES.replace("1h", "2h"))
        assert await tells() == 202
        await until(lambda: live(2))
        assert (await ask("GET", door))["live"]["commit"] == commit
        forge.pushes("Oops", policies__main=POLICIES.replace("person: alice", "person: alcie"))
        assert "alcie" in (await ask("POST", f"{door}/pull", json={}))["waiting"]["reason"]
        shown = await ask("POST", f"{door}/revisions/1/rollback", json={"by": "ana"})
        assert (shown["live"]["revision"], shown["live"]["restores"], shown["live"]["by"]) == (3, 1, "ana")
        forge.pushes("Mended", policies__main=POLICIES.replace("1h", "2h"))
        shown = await ask("POST", f"{door}/pull", json={})
        assert shown["live"]["revision"] == 3
        assert "ana rolled back to revision 1" in shown["waiting"]["reason"]
        forge.pushes("Slower still", policies__main=POLICIES.replace("1h", "3h"))
        shown = await ask("POST", f"{door}/pull", json={})
        assert (shown["live"]["revision"], shown["waiting"]) == (4, None)
    finally:
        service.close()


async def test_a_password_shows_nowhere_though_the_repository_never_answers(sqlite_url: str, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("https://bot:canary-word@127.0.0.1:9/oncall.git#main\n")
    service = Service(
        sqlite_url, tmp_path, HOOK="http://127.0.0.1:9/", ESCALATOR_POLICIES_FILE=str(secret), TMPDIR=str(tmp_path)
    )
    service.environment.pop("ESCALATOR_POLICIES")
    try:
        service.start()
        await service.ready()
        shown = [await ask("GET", f"{service.base}{path}") for path in ("/readyz", "/api/v1/policies")]
        pulled = await ask("POST", f"{service.base}/api/v1/policies/pull", json={})
    finally:
        service.close()
    assert "https://***@127.0.0.1:9/oncall.git#main" in pulled["problem"]
    assert "cannot be fetched" in pulled["problem"]
    told = f"{shown} {pulled} {''.join(service.log)}"
    assert "canary" not in told
    assert "Ym90OmNhbmFyeS13b3Jk" not in told, "nor as the header has it"
