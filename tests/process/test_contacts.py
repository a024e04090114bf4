"""The command line against a service of its own, with a real mail server: a test by every contact, and a proof."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.channels.smtp import Post, post_office
from tests.process.service import Service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

POLICIES = """
version: 1
people:
  alice: {contacts: {email: alice@example.com, sms: secret:ALICE_PHONE}}
  bob: {contacts: {email: bob@example.com}}
policies: {page: {levels: [{notify: [{person: bob}]}]}}
catch_all: page
"""


class Printed(NamedTuple):
    code: int
    out: str
    err: str


class Place:
    """A service at work, its mail server, and a shell beside it."""

    def __init__(self, service: Service, post: Post) -> None:
        self.service = service
        self.post = post

    async def types(self, *words: str) -> Printed:
        """A command, without a terminal."""
        shell = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "escalator", *words, cwd=self.service.folder,
            env=self.service.environment | {"ESCALATOR_URL": self.service.base},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await shell.communicate()
        return Printed(shell.returncode or 0, out.decode(), err.decode())

    def mails(self) -> list[tuple[str, str]]:
        """(recipient, text) of each, in order."""
        return [
            (to, str(mail.get_body(("plain",)).get_content()))  # type: ignore[union-attr]
            for to, mail in zip(self.post.recipients, self.post.mails, strict=True)
        ]


@pytest.fixture
async def place(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    post = Post()
    async with post_office(post) as port:
        settings = {"ESCALATOR_SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none", "ESCALATOR_EMAIL_FROM": "e@example.com"}
        service = Service(sqlite_url, tmp_path / "place", POLICIES, **settings)
        try:
            service.start()
            await service.ready()
            yield Place(service, post)
        finally:
            service.close()


async def test_a_test_shows_what_arrived_and_how_we_know_and_wakes_nobody_else(place: Place) -> None:
    printed = await place.types("fire", "Drill", "--to", "alice", "--json")
    assert printed.code == 0, printed
    said = json.loads(printed.out)
    assert [(row["channel"], row["state"], row["contact"]) for row in said["notifications"]] == [
        ("email", "sent", "a…@example.com")
    ]
    assert said["notifications"][0]["evidence"].startswith("taken by the provider, no receipt of arrival")
    assert [(row["channel"], row["state"]) for row in said["unused"]] == [("sms", "not usable")]
    assert {to for to, _ in place.mails()} == {"alice@example.com"}
    assert place.mails()[0][1].startswith("TEST: ")
    listed = json.loads((await place.types("incident", "list", "--status", "resolved", "--json")).out)
    assert [each["route"] for each in listed["items"]] == ["test/alice"], "the test was ended"


async def test_a_test_that_is_refused_says_so_and_fails(place: Place) -> None:
    place.post.answers["RCPT", "alice@example.com"] = "550 no such mailbox"
    printed = await place.types("fire", "Drill", "--to", "alice")
    assert printed.code == 1
    assert "550 no such mailbox" in printed.out
    assert printed.out.endswith("0 of 1 arrived; 1 cannot be used\n")


async def test_two_tests_are_two_messages_though_the_first_was_left_open(place: Place) -> None:
    for _ in range(2):
        assert (await place.types("fire", "Drill", "--to", "alice", "--keep")).code == 0
    pages = [text for _, text in place.mails() if "nothing is wrong" in text]
    assert len(pages) == 2


async def test_somebody_unknown_is_answered_with_those_there_are(place: Place) -> None:
    printed = await place.types("fire", "Drill", "--to", "carol")
    assert (printed.code, printed.out) == (1, "")
    assert "alice, bob" in printed.err


async def test_a_contact_is_proved_by_the_code_that_arrived(place: Place) -> None:
    asked = await place.types("contact", "verify", "alice", "email")
    assert (asked.code, asked.out) == (
        0, "A code was sent. Then: escalator contact verify alice email --code CODE\n",
    )  # fmt: skip
    (to, text), = place.mails()  # fmt: skip
    code = re.search(r"\b[0-9]{6}\b", text)
    assert to == "alice@example.com"
    assert code, text
    wrong = await place.types("contact", "verify", "alice", "email", "--code", f"{(int(code[0]) + 1) % 10**6:06d}")
    assert (wrong.code, wrong.err) == (1, "escalator: That is not the code: 4 tries are left.\n")
    assert (await place.types("contact", "verify", "alice", "email", "--code", code[0])).code == 0
    listed = json.loads((await place.types("contact", "list", "alice", "--json")).out)
    assert [each["state"] for each in listed["items"][0]["contacts"]] == ["verified", "not usable"]
    # The service goes on working while doctor looks.
    examined = await place.types("doctor", "--json")
    told = {each["text"] for each in json.loads(examined.out) if each["name"] == "verification"}
    assert [text for text in told if "bob (email)" in text and "alice" not in text]
