"""From the webhook that comes in to the message that arrives, and back: real SMTP and real HTTP on loopback."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from escalator.app.serving import doors
from escalator.core.instant import MINUTE
from escalator.core.notification import Outcome
from escalator.engine.claims import Letter, Report
from escalator.web import build as build_doors
from escalator.web import ingest
from tests.channels.smtp import Post, post_office
from tests.channels.test_webhook import answering, endpoint
from tests.engine.corpus import FOREIGN, body
from tests.engine.desk import alert, delivery_of
from tests.engine.live import LATER, Live, bodies, live, open_link, policies
from tests.web.asgi import Client

ALICE = "alice: {contacts: {email: alice@example.com}}"


def smtp(port: int) -> dict[str, str]:
    return {"smtp_url": f"smtp://127.0.0.1:{port}?tls=none", "email_from": "escalator@example.com"}


async def test_a_page_arrives_once_and_its_acknowledgement_is_told(database_url: str, tmp_path: Path) -> None:
    post = Post()
    async with post_office(post) as port, live(database_url, tmp_path / "p", policies(ALICE), **smtp(port)) as one:
        assert (await one.fire()).status == 200
        await one.until(lambda: len(post.mails) == 1)
        # A repeat of the same body, as each repeat_interval brings one.
        assert (await one.fire()).status == 200
        done = await one.door.post("/api/v1/incidents/1/acknowledge", json={"by": "alice"})
        assert (done.status, done.json()["status"]) == (200, "acknowledged")
        await one.until(lambda: len(post.mails) == 2)
        await one.fire(resolved=True)
        await one.until(lambda: len(post.mails) == 3)
        assert await one.until(lambda: _settled(one)) == [
            ("email", "page", "sent"), ("email", "update", "sent"), ("email", "resolved", "sent"),
        ]  # fmt: skip
    subjects = [str(mail["Subject"]) for mail in post.mails]
    assert ["DiskFull" in each for each in subjects] == [True] * 3
    assert len({str(mail["Message-ID"]) for mail in post.mails}) == 3
    assert post.recipients == ["alice@example.com"] * 3


def words(post: Post) -> str:
    """The plain part of the first mail."""
    body = post.mails[0].get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


async def _settled(one: Live) -> Any:
    states = await one.states()
    return states if all(state not in ("pending", "sending") for *_, state in states) else None


BOTH = "alice: {contacts: {email: alice@example.com, webhook: 'secret:HOOK'}}"
LATER_BY_WEBHOOK = "notification_rules: {high: [{via: email}, {via: webhook, after: 30m}]}"


async def test_a_temporary_refusal_is_tried_again_and_the_next_contact_starts_now(
    database_url: str, tmp_path: Path
) -> None:
    post = Post()
    post.answers["RCPT", "alice@example.com"] = "451 try later"
    async with endpoint() as (hook, url), post_office(post) as port:
        text = policies(BOTH, LATER_BY_WEBHOOK)
        async with live(database_url, tmp_path / "p", text, url, **smtp(port)) as one:
            await one.fire()
            await one.until(lambda: hook.bodies)
            post.answers.clear()
            await one.until(lambda: post.mails)
            [mail, _] = await one.until(lambda: _settled_pair(one))
    assert [attempt["outcome"] for attempt in mail["attempts"]] == ["temporary", "sent"]


async def _settled_pair(one: Live) -> Any:
    found = await one.notifications()
    return found if all(each["state"] in ("sent", "delivered", "failed") for each in found) else None


async def test_a_permanent_refusal_fails_and_the_next_contact_starts_now(database_url: str, tmp_path: Path) -> None:
    post = Post()
    post.answers["RCPT", "alice@example.com"] = "550 no such user"
    async with endpoint() as (hook, url), post_office(post) as port:
        text = policies(BOTH, LATER_BY_WEBHOOK)
        async with live(database_url, tmp_path / "p", text, url, **smtp(port)) as one:
            await one.fire()
            await one.until(lambda: hook.bodies)
            mail, call = await one.until(lambda: _settled_pair(one))
    assert (mail["state"], [attempt["outcome"] for attempt in mail["attempts"]]) == ("failed", ["permanent"])
    assert call["state"] in ("sent", "delivered")


async def test_when_every_contact_of_a_level_refuses_for_good_the_next_level_is_paged_now(
    database_url: str, tmp_path: Path
) -> None:
    post = Post()
    post.answers["RCPT", "alice@example.com"] = "550 no such user"
    levels = "[{notify: [{person: alice}], escalate_after: 30m}, {notify: [{person: bob}]}]"
    people = f"{ALICE}, bob: {{contacts: {{email: bob@example.com}}}}"
    text = policies(people, levels=levels)
    async with post_office(post) as port, live(database_url, tmp_path / "p", text, **smtp(port)) as one:
        await one.fire()
        await one.until(lambda: post.recipients == ["bob@example.com"])


async def test_a_receiver_that_hangs_delays_no_other(database_url: str, tmp_path: Path) -> None:
    release = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    post = Post()
    async with endpoint(hang) as (hook, url), post_office(post) as port:
        text = policies(BOTH, "notification_rules: {high: [{via: webhook}, {via: email}]}")
        async with live(database_url, tmp_path / "p", text, url, **smtp(port)) as one:
            started = time.monotonic()
            # More of them than that receiver may have at once.
            await asyncio.gather(*(one.fire(service=str(number)) for number in range(80)))
            await one.until(lambda: len(post.mails) == 80)
            took = time.monotonic() - started
            assert 0 < len(hook.bodies) <= 64
            release.set()
            await one.until(lambda: len(hook.bodies) == 80)
    assert took < 9, "the mails waited for the end of a send that hangs"


async def test_a_row_whose_sender_died_is_taken_over_when_its_lease_ends(database_url: str, tmp_path: Path) -> None:
    post, text = Post(), policies(ALICE)
    async with post_office(post) as port, live(database_url, tmp_path / "p", text, sending=False, **smtp(port)) as one:
        await one.fire()
        # A replica that claims and is never heard of again.
        [letter] = await one.house.claims.claim("email", 1)
        one.start_sending()
        await asyncio.sleep(0.5)
        assert (post.mails, await one.states()) == ([], [("email", "page", "sending")])
        one.clock.by += LATER
        await one.until(lambda: post.mails)
        [row] = await one.until(lambda: _settled_pair(one))
        # The dead one comes back with its result: it is kept as an attempt and changes nothing else.
        await one.house.claims.record(_report(letter))
        [again] = await one.notifications()
    assert len(post.mails) == 1
    assert (again["state"], again["sent_at"]) == (row["state"], row["sent_at"])
    assert [attempt["outcome"] for attempt in again["attempts"]] == ["sent", "permanent (fenced)"]


def _report(letter: Letter) -> Report:
    return Report(letter.row, 0, 0, Outcome.PERMANENT, "too late", None, None)


async def test_no_page_is_sent_after_an_acknowledgement(database_url: str, tmp_path: Path) -> None:
    """The retry of a refused page and the later step of a rule both end with the acknowledgement."""
    async with endpoint(answering(500)) as (hook, url), post_office(Post()) as port:
        rules = "notification_rules: {high: [{via: webhook}, {via: email, after: 30m}]}"
        text = policies(BOTH, rules)
        async with live(database_url, tmp_path / "p", text, url, **smtp(port)) as one:
            await one.fire()
            await one.until(lambda: hook.bodies)
            await one.until(lambda: _attempted(one))
            await one.door.post("/api/v1/incidents/1/acknowledge", json={"by": "alice"})
            count = [body["type"] for body in bodies(hook.bodies)].count("page")
            one.clock.by += 40 * MINUTE
            await asyncio.sleep(2.5)
            pages = [state for _, kind, state in await one.states() if kind == "page"]
    assert [body["type"] for body in bodies(hook.bodies)].count("page") == count
    assert set(pages) <= {"cancelled", "sent", "unknown"}


async def _attempted(one: Live) -> Any:
    found = await one.notifications()
    return found[0]["attempts"] and found[0]["state"] == "pending"


async def test_a_destination_hears_page_then_update_then_resolved(database_url: str, tmp_path: Path) -> None:
    """The first answer comes last: what follows waits for it."""
    slow = asyncio.Event()

    async def reluctant(request: web.Request) -> web.Response:
        if not slow.is_set():
            await slow.wait()
        return web.Response()

    async with endpoint(reluctant) as (hook, url):
        text = policies("alice: {contacts: {webhook: 'secret:HOOK'}}")
        async with live(database_url, tmp_path / "p", text, url) as one:
            await one.fire()
            await one.until(lambda: hook.bodies)
            await one.door.post("/api/v1/incidents/1/acknowledge", json={"by": "alice"})
            await one.fire(resolved=True)
            await asyncio.sleep(1.5)
            assert [body["type"] for body in bodies(hook.bodies)] == ["page"]
            slow.set()
            await one.until(lambda: any(body["type"] == "resolved" for body in bodies(hook.bodies)))
            types = [body["type"] for body in bodies(hook.bodies)]
    # An update that the resolve overtook is cancelled, never sent after it.
    assert types in (["page", "resolved"], ["page", "update", "resolved"])


async def test_a_link_acknowledges_once_and_only_by_its_form(database_url: str, tmp_path: Path) -> None:
    post = Post()
    async with post_office(post) as port, live(database_url, tmp_path / "p", policies(ALICE), **smtp(port)) as one:
        await one.fire()
        await one.until(lambda: post.mails)
        [link] = re.findall(r"http://\S+/replies/email/\S+", words(post))
        path = link.removeprefix("http://localhost:8080")
        for _ in range(3):
            for method in ("GET", "HEAD"):
                assert (await one.door.request(method, path)).status == 200
        # A scanner that submits without having filled in the form.
        assert (await one.door.post(path, body=b"choice=acknowledge")).status == 422
        assert (await open_link(one.door, link)).status == 422
        assert (await one.get("incidents/1"))["status"] == "triggered"
        assert (await open_link(one.door, link, choice="acknowledge")).status == 200
        shown = await one.get("incidents/1")
        assert (shown["status"], shown["acknowledged_by"]) == ("acknowledged", "alice")
        # Handed back; the used link does not take it again.
        await one.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})
        assert (await open_link(one.door, link, choice="acknowledge")).status in (404, 409, 422)
        assert (await one.get("incidents/1"))["status"] == "triggered"


async def test_one_link_pressed_twice_at_once_is_one_acknowledgement(database_url: str, tmp_path: Path) -> None:
    post = Post()
    async with post_office(post) as port, live(database_url, tmp_path / "p", policies(ALICE), **smtp(port)) as one:
        await one.fire()
        await one.until(lambda: post.mails)
        [link] = re.findall(r"http://\S+/replies/email/\S+", words(post))
        await asyncio.gather(*(open_link(one.door, link, choice="acknowledge") for _ in range(5)))
        story = await one.get("incidents/1/timeline")
    assert [entry["event"] for entry in story["items"]].count("acknowledged") == 1


@pytest.mark.parametrize("tries", [6])
async def test_strangers_at_the_door_raise_one_incident(database_url: str, tmp_path: Path, tries: int) -> None:
    async with live(database_url, tmp_path / "p", policies(ALICE)) as one:
        closed = Client(build_doors(doors(one.house, open_mode=False)), token="wrong")
        for _ in range(tries * 3):
            assert (await closed.post("/integrations/alertmanager", body=b"{}")).status == 401
        found = (await one.get("incidents"))["items"]
    assert [(each["labels"], each["status"]) for each in found] == [({"alertname": "IngestUnauthorized"}, "triggered")]


async def test_garbage_at_the_door_is_kept_and_told_and_a_captured_foreign_body_too(
    database_url: str, tmp_path: Path
) -> None:
    async with live(database_url, tmp_path / "p", policies(ALICE)) as one:
        for garbage in (b"", b"\xff\xfe", b"{" * 10_000, *map(body, FOREIGN)):
            assert (await one.door.post("/integrations/alertmanager", body=garbage)).status == 400
        found = (await one.get("incidents"))["items"]
    assert [each["labels"]["alertname"] for each in found] == ["UnparsableWebhook"]


async def test_a_body_that_can_be_read_but_never_stored_is_kept_and_told_too(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = delivery_of(alert(0)._replace(generator_url="\ud800"))
    async with live(database_url, tmp_path / "p", policies(ALICE)) as one:
        monkeypatch.setitem(ingest.READERS, "alertmanager", lambda body, source, now: poison)
        assert (await one.door.post("/integrations/alertmanager", body=b"{}")).status == 400
        found = (await one.get("incidents"))["items"]
    assert [each["labels"]["alertname"] for each in found] == ["UnparsableWebhook"]


async def test_a_database_that_is_gone_is_503_with_retry_after_and_never_200(sqlite_url: str, tmp_path: Path) -> None:
    async with live(sqlite_url, tmp_path / "p", policies(ALICE)) as one:
        one.house.scheduler.stop()
        one.house.database._home.line.closed = True
        answer = await one.fire()
        assert (answer.status, answer.headers["retry-after"].isdigit()) == (503, True)
        one.house.database._home.line.closed = False
        assert (await one.fire()).status == 200
        one.house.scheduler = type(one.house.scheduler)()
        one.house.scheduler.start()
