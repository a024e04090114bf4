"""The live policies by JSON: what runs, what waits and why, what ran before, and the webhook of a forge."""

import asyncio
import hmac
from hashlib import sha256
from typing import Any

import pytest

from escalator.core.instant import rfc3339
from escalator.core.oncall import Override
from escalator.store.registers import RevisionRow
from escalator.store.revisions import Revision, Stamp, Waiting
from escalator.web import build, forges
from escalator.web import policies as door
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.test_incidents import says

SECRET = "push-secret"
STAMP = Stamp("https://***@git.example/oncall.git#main", "c" * 40, "Ana <ana@example.com>", "Faster", NOW - 60_000_000)
BODY = b'{"ref":"refs/heads/main","after":"c0ffee"}'
SIGNED = hmac.new(SECRET.encode(), BODY, sha256).hexdigest()


@pytest.fixture
def client(house: House) -> Client:
    return Client(build(house.needs), token="token-admin")


def rows(house: House) -> None:
    for number, restores in ((1, None), (2, None), (3, 1)):
        house.database.put(
            RevisionRow(
                number=number, digest=f"{number:064}", sources='{"main.yaml": "version: 1\\n"}', admitted_at=NOW,
                by="host:1", origin=STAMP.origin, commit_id=STAMP.commit, author=STAMP.author, subject=STAMP.subject,
                committed_at=STAMP.committed_at, restores=restores,
            )
        )  # fmt: skip


async def test_what_is_live_and_what_waits_are_told_with_commit_and_author(client: Client, house: House) -> None:
    house.revisions.live = Revision(7, "ab" * 32, {}, NOW, "host:1", STAMP)
    found = {"code": "E202", "file": "main.yaml", "line": 4}
    house.revisions.waiting = Waiting(
        "cd" * 32, STAMP._replace(subject="Oops"), "unknown person", (found,), NOW, "host:2"
    )
    shown = (await client.get("/api/v1/policies")).json()
    assert shown["live"] == {
        "revision": 7, "digest": "ab" * 32, "origin": STAMP.origin, "commit": "c" * 40, "author": STAMP.author,
        "subject": "Faster", "committed_at": rfc3339(NOW - 60_000_000), "admitted_at": rfc3339(NOW), "by": "host:1",
        "restores": None,
    }  # fmt: skip
    assert shown["waiting"]["subject"] == "Oops"
    assert (shown["waiting"]["reason"], shown["waiting"]["diagnostics"]) == ("unknown person", [found])
    assert (shown["waiting"]["refused_at"], shown["waiting"]["refused_by"]) == (rfc3339(NOW), "host:2")
    assert shown["origin"] == "policies"


async def test_a_house_that_never_admitted_anything_says_so(client: Client) -> None:
    shown = (await client.get("/api/v1/policies")).json()
    assert (shown["live"], shown["waiting"]) == (None, None)


async def test_history_is_the_newest_first_without_the_files(client: Client, house: House) -> None:
    rows(house)
    items = (await client.get("/api/v1/policies/revisions?limit=2")).json()["items"]
    assert [(each["revision"], each["restores"]) for each in items] == [(3, 1), (2, None)]
    assert "sources" not in items[0]
    items = (await client.get("/api/v1/policies/revisions?before=2")).json()["items"]
    assert [each["revision"] for each in items] == [1]
    says(await client.get("/api/v1/policies/revisions?limit=0"), 422)


async def test_one_revision_has_its_files_for_admins_alone(client: Client, house: House) -> None:
    """They hold addresses, which other doors mask."""
    rows(house)
    assert (await client.get("/api/v1/policies/revisions/2")).json()["sources"] == {"main.yaml": "version: 1\n"}
    says(await client.get("/api/v1/policies/revisions/9"), 404, "/api/v1/policies/revisions")
    reader = Client(build(house.needs), token="token-ack")
    assert (await reader.get("/api/v1/policies/revisions")).status == 200
    assert (await reader.get("/api/v1/policies/revisions/2")).status == 403


async def test_an_admin_rolls_back_and_is_named(client: Client, house: House) -> None:
    rows(house)
    assert (await client.post("/api/v1/policies/revisions/1/rollback", json={"by": "ana"})).status == 200
    assert (await client.post("/api/v1/policies/revisions/2/rollback")).status == 200
    assert house.revisions.rolled_back == [(1, "ana"), (2, "admin robot")]
    says(await client.post("/api/v1/policies/revisions/9/rollback"), 404)
    assert (await client.post("/api/v1/policies/revisions/1/rollback", json={"who": "ana"})).status == 422
    assert (await Client(build(house.needs), token="token-ack").post(f"{door.AT}/revisions/1/rollback")).status == 403


async def test_a_rollback_to_what_runs_is_refused(client: Client, house: House) -> None:
    house.database.put(RevisionRow(number=7, digest="d", sources="{}", admitted_at=NOW, by="x"))
    says(await client.post("/api/v1/policies/revisions/7/rollback"), 409, "is what runs already")


async def test_a_pull_is_waited_for_but_not_for_ever(
    client: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.post("/api/v1/policies/pull")).status == 200
    assert house.revisions.pulls == 1
    house.revisions.slow = asyncio.Event()
    monkeypatch.setattr(door, "PATIENCE", 0)
    assert (await client.post("/api/v1/policies/pull")).status == 202
    house.revisions.slow.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert house.revisions.pulls == 2, "it went on"
    assert (await Client(build(house.needs), token="token-ack").post("/api/v1/policies/pull")).status == 403


@pytest.fixture
def forge(house: House) -> Client:
    house.settings["policies_secret"] = SECRET
    return Client(build(house.needs))


@pytest.mark.parametrize(
    "headers",
    [
        {"x-hub-signature-256": f"sha256={SIGNED}", "x-github-event": "push"},
        {"x-gitea-signature": SIGNED},
        {"x-forgejo-signature": SIGNED, "x-gitea-signature": SIGNED},
        {"x-gitlab-token": SECRET, "x-gitlab-event": "Push Hook"},
    ],
)
async def test_each_forge_proves_itself_in_its_own_way_and_a_replay_does_nothing(
    forge: Client, house: House, headers: dict[str, str]
) -> None:
    answer = await forge.post("/replies/git", body=BODY, headers=headers)
    assert (answer.status, answer.json()) == (202, {"looks": True})
    again = await forge.post("/replies/git", body=BODY, headers=headers | {"x-github-delivery": "another"})
    assert (again.status, again.json()) == (202, {"looks": False})


async def test_gitlabs_deliveries_are_told_apart_by_their_name_and_signed_ones_by_their_bytes_alone(
    forge: Client,
) -> None:
    async def looks(**headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await forge.post("/replies/git", body=BODY, headers=named)).json()["looks"]

    assert await looks(x_gitlab_token=SECRET, x_gitlab_event_uuid="1")
    assert await looks(x_gitlab_token=SECRET, x_gitlab_event_uuid="2")
    assert not await looks(x_gitlab_token=SECRET, x_gitlab_event_uuid="1")
    assert await looks(x_gitea_signature=SIGNED)
    assert not await looks(x_gitea_signature=SIGNED, x_gitlab_event_uuid="3")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, BODY),
        ({"x-hub-signature-256": f"sha256={SIGNED}"}, BODY + b" "),
        ({"x-hub-signature-256": f"sha256={SIGNED[:-1]}0"}, BODY),
        ({"x-hub-signature-256": "sha256="}, BODY),
        ({"x-hub-signature-256": ""}, BODY),
        ({"x-hub-signature-256": "sha256=é"}, BODY),
        ({"x-hub-signature": f"sha256={SIGNED}"}, BODY),
        ({"x-gitlab-token": ""}, BODY),
        ({"x-gitlab-token": SECRET + "x"}, BODY),
        # A wrong signature is not made good by another header.
        ({"x-gitea-signature": "0" * 64, "x-gitlab-token": SECRET}, BODY),
        ({"x-hub-signature-256": "sha256=" + "0" * 64, "x-gitea-signature": SIGNED}, BODY),
    ],
)
async def test_what_proves_nothing_makes_nobody_look(
    forge: Client, house: House, headers: dict[str, str], body: bytes
) -> None:
    says(await forge.post("/replies/git", body=body, headers=headers), 401, "docs/gitops.md")
    assert house.revisions.heard == []


async def test_without_a_secret_there_is_no_such_door(client: Client) -> None:
    answer = await client.post("/replies/git", body=BODY, headers={"x-gitlab-token": ""})
    says(answer, 404, "ESCALATOR_POLICIES_WEBHOOK_SECRET")


def test_the_signature_is_that_of_the_rfc() -> None:
    """RFC 4231, test case 2."""
    assert forges.signature(b"what do ya want for nothing?", "Jefe").startswith("5bdcc146bf60754e6a042426089575c7")


async def test_an_override_says_where_it_lives(client: Client, house: House) -> None:
    written = Override("primary", "bob", NOW, NOW + 1, "", "", where="team.yaml:12:3")
    made = Override("primary", "bob", NOW, NOW + 1, "swap", "o1", "alice")
    house.windows.all_overrides = [written, made]
    shown = (await client.get("/api/v1/overrides")).json()["items"]
    assert [(each["lives"], each["where"], each["by"]) for each in shown] == [
        ("policies", "team.yaml:12:3", ""),
        ("database", "", "alice"),
    ]
