"""A mail in answer to a page, as each provider posts it: what acts, what does not, and who is believed."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.channels.desk import Forged, Incoming
from escalator.channels.email_inbound import COMMANDS, Mail, command_of, receive
from tests.channels.smtp import Post, post_office
from tests.engine.live import Live, live, policies

SECRET = "inbound-secret"
ALICE = "alice: {contacts: {email: alice@example.com}}"
HTML = "<html><head><style>p {}</style></head><body><div>Ack!</div><blockquote>resolve</blockquote></body></html>"
LETTER = "\n\nOn Wed, Escalator wrote:\n> Acknowledge: https://…\n"


def mailgun(to: str, text: str, headers: list[list[str]], *, at: float | None = None, secret: str = SECRET) -> Any:
    stamp, token = str(int(time.time() if at is None else at)), "t" * 50
    signature = hmac.new(secret.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    form = {
        "recipient": to, "sender": "alice@example.com", "body-plain": text + LETTER, "stripped-text": text,
        "message-headers": json.dumps(headers), "timestamp": stamp, "token": token, "signature": signature,
    }  # fmt: skip
    return "mailgun", urlencode(form).encode(), {"content-type": "application/x-www-form-urlencoded"}, ""


def sendgrid(to: str, text: str, headers: list[list[str]], *, secret: str = SECRET) -> Any:
    fields = {
        "to": f"Escalator <{to}>", "from": "Alice <alice@example.com>", "text": text + LETTER,
        "headers": "\n".join(f"{name}: {value}" for name, value in headers), "envelope": json.dumps({"to": [to]}),
    }  # fmt: skip
    parts = "".join(f'--xYz\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
    return (
        "sendgrid",
        f"{parts}--xYz--\r\n".encode(),
        {"content-type": "multipart/form-data; boundary=xYz"},
        f"token={secret}",
    )


def postmark(to: str, text: str, headers: list[list[str]], *, secret: str = SECRET) -> Any:
    body = {
        "From": "alice@example.com", "OriginalRecipient": to, "ToFull": [{"Email": to}], "TextBody": text + LETTER,
        "StrippedTextReply": text, "Headers": [{"Name": name, "Value": value} for name, value in headers],
    }  # fmt: skip
    login = base64.b64encode(f"escalator:{secret}".encode()).decode()
    return (
        "postmark",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Basic {login}"},
        "",
    )


VENDORS = [mailgun, sendgrid, postmark]


class Night:
    def __init__(self, house: Live, post: Post) -> None:
        self.house = house
        self.post = post

    async def page(self) -> str:
        """Where a reply to the page goes."""
        await self.house.fire()
        await self.house.until(lambda: self.post.mails)
        return str(self.post.mails[0]["Reply-To"])

    async def write(self, vendor: Any, to: str, text: str, headers: list[list[str]] | None = None, **how: Any) -> int:
        path, body, head, query = vendor(to, text, headers or [], **how)
        where = f"/replies/email/inbound/{path}" + (f"?{query}" if query else "")
        return (await self.house.door.request("POST", where, body=body, headers=head)).status

    async def shown(self) -> tuple[str, str | None]:
        found = await self.house.get("incidents/1")
        return found["status"], found["acknowledged_by"]


@asynccontextmanager
async def night(url: str, folder: Path) -> AsyncIterator[Night]:
    post = Post()
    async with (
        post_office(post) as port,
        live(
            url, folder / "p", policies(ALICE), smtp_url=f"smtp://127.0.0.1:{port}?tls=none",
            email_from="escalator@example.com", email_reply_to="escalator@in.example.com", email_inbound_secret=SECRET,
        ) as house,
    ):  # fmt: skip
        yield Night(house, post)


@pytest.fixture
async def one(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Night]:
    async with night(sqlite_url, tmp_path) as found:
        yield found


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_reply_by_mail_acknowledges(one: Night, vendor: Any) -> None:
    to = await one.page()
    assert re.fullmatch(r"escalator\+[A-Za-z0-9_-]{43}@in\.example\.com", to)
    assert await one.write(vendor, to, "Ack.\n\nI am on it") == 200
    assert await one.shown() == ("acknowledged", "alice")


@pytest.mark.parametrize("vendor", VENDORS)
async def test_an_out_of_office_does_not(one: Night, vendor: Any) -> None:
    to = await one.page()
    assert await one.write(vendor, to, "ack", [["Auto-Submitted", "auto-replied"]]) == 200
    assert await one.write(vendor, to, "I am away until Monday. ack") == 200
    assert (await one.shown())[0] == "triggered"


@pytest.mark.parametrize("vendor", VENDORS)
async def test_whoever_lacks_the_secret_is_refused(one: Night, vendor: Any) -> None:
    to = await one.page()
    assert await one.write(vendor, to, "ack", secret="guessed") == 401
    assert (await one.shown())[0] == "triggered"


async def test_a_bounce_acknowledges_nothing(one: Night) -> None:
    to = await one.page()
    assert await one.write(sendgrid, to, "ack", [["Return-Path", "<>"]]) == 200
    assert (await one.shown())[0] == "triggered"


async def test_unack_by_mail_hands_back_what_somebody_else_took(one: Night) -> None:
    to = await one.page()
    await one.house.door.post("/api/v1/incidents/1/acknowledge", json={"by": "bob"})
    await one.write(postmark, to, "unack")
    assert (await one.shown())[0] == "triggered"


async def test_a_resolve_that_comes_twice_acts_once(one: Night) -> None:
    to = await one.page()
    _, body, head, query = sendgrid(to, "resolve", [])
    for _ in range(2):
        where = f"/replies/email/inbound/sendgrid?{query}"
        assert (await one.house.door.request("POST", where, body=body, headers=head)).status == 200
        await one.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})
        assert (await one.shown())[0] == "triggered"
    shown = await one.house.get("incidents/1/timeline")
    assert sum("alice" in str(entry.get("by")) for entry in shown["items"]) == 1


@pytest.mark.parametrize("field", ["OriginalRecipient", "ToFull", "MailboxHash"])
async def test_postmark_names_the_recipient_in_any_of_its_ways(one: Night, field: str) -> None:
    to = await one.page()
    ways = {"OriginalRecipient": to, "ToFull": [{"Email": to}], "MailboxHash": to.partition("+")[2].partition("@")[0]}
    _, _, head, _ = postmark(to, "", [])
    body = json.dumps({field: ways[field], "HtmlBody": HTML}).encode()
    await one.house.door.request("POST", "/replies/email/inbound/postmark", body=body, headers=head)
    assert await one.shown() == ("acknowledged", "alice")


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 9000, b'{"Headers": 7, "ToFull": [1]}'])
async def test_whoever_has_the_secret_is_never_made_to_try_again(one: Night, body: bytes) -> None:
    _, _, head, query = sendgrid("", "", [])
    for vendor in ("sendgrid", "postmark"):
        where = f"/replies/email/inbound/{vendor}?{query}"
        assert (await one.house.door.request("POST", where, body=body, headers=head)).status == 200


async def test_a_stale_signature_is_refused(one: Night) -> None:
    to = await one.page()
    assert await one.write(mailgun, to, "ack", at=time.time() - 3600) == 401
    assert (await one.shown())[0] == "triggered"


async def test_a_reply_that_comes_twice_acts_once(one: Night) -> None:
    to = await one.page()
    await one.write(postmark, to, "ack")
    await one.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})
    assert await one.write(postmark, to, "ack") == 200
    assert (await one.shown())[0] == "triggered"


async def test_an_address_for_replies_is_good_for_one_acknowledgement(one: Night) -> None:
    to = await one.page()
    await one.write(postmark, to, "ack")
    await one.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})
    assert await one.write(sendgrid, to, "ack") == 200
    assert await one.write(mailgun, to, "resolve") == 200
    assert (await one.shown())[0] == "triggered"


async def test_resolve_by_mail_holds_it(one: Night) -> None:
    to = await one.page()
    await one.write(sendgrid, to, "resolved")
    assert await one.shown() == ("acknowledged", "alice")


@pytest.mark.parametrize("to", ["escalator@in.example.com", "escalator+" + "x" * 43 + "@in.example.com"])
async def test_a_mail_to_nobody_in_particular_is_taken_and_changes_nothing(one: Night, to: str) -> None:
    await one.page()
    assert await one.write(postmark, to, "ack") == 200
    assert (await one.shown())[0] == "triggered"


@given(st.text(max_size=60))
def test_nothing_but_a_command_acts(text: str) -> None:
    found = command_of(Mail("", text, {}, ""))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith(">")]
    word = lines[0].strip(" .!,:;\"'").casefold() if lines else ""
    assert (found is not None) is (word in COMMANDS)


@given(st.sampled_from(["mailgun", "sendgrid", "postmark", "other"]), st.binary(max_size=120), st.text(max_size=40))
def test_garbage_is_refused(vendor: str, body: bytes, authorization: str) -> None:
    class Clock:
        def now(self) -> int:
            return 0

    request = Incoming(vendor, "token=x", {"authorization": authorization, "content-type": "text/plain"}, body)
    with pytest.raises(Forged):
        asyncio.run(receive(request, Clock(), SECRET))  # type: ignore[arg-type]  # only its clock is asked
