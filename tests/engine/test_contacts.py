"""A contact is proved by the code that arrived there: its life, its limits, and what is kept of it."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from escalator.channels import wording
from escalator.channels.base import Channel, Message, NotSent, Sent
from escalator.core.effects import Refused
from escalator.core.instant import HOUR, MINUTE, SECOND
from escalator.core.notification import contact_id
from escalator.core.oncall import Contact, Person
from escalator.engine import contacts as engine
from escalator.engine.contacts import Contacts, Standing
from escalator.engine.windows import Windows
from escalator.engine.world import Reach, World
from escalator.store import audit, contacts
from escalator.store.db import Database
from escalator.store.inline import InlineDatabase, Memory
from tests.channels.smtp import Post as MailPost
from tests.channels.smtp import post_office
from tests.engine.live import live, policies
from tests.simulation.books import books

PEOPLE = {
    "alice": Person(
        "alice",
        (
            Contact("email", "alice@example.com"), Contact("sms", "secret:ALICE"), Contact("push", "browser"),
            Contact("webhook", "https://a.example"), Contact("slack", "U1"),
        ),
    ),
    "bob": Person("bob", (Contact("email", "bob@example.com"),)),
}  # fmt: skip


class Post(Channel):
    """Keeps what was sent, or does what `fault` says."""

    def __init__(self, via: str, verifies: bool = False, registers: bool = False) -> None:
        self.via, self.verifies, self.registers = via, verifies, registers
        self.sent: list[tuple[str, Message]] = []
        self.fault: NotSent | None = None
        self.hangs = False

    async def send(self, address: str, message: Message) -> Sent:
        if self.fault:
            raise self.fault
        if self.hangs:
            await asyncio.sleep(60)
        self.sent.append((address, message))
        return Sent("1")

    async def check(self) -> str:
        return "fine"


class Clock:
    now = 1_772_625_600 * SECOND


class Desk:
    """The part under test on a real database and a real world."""

    def __init__(self, memory: Memory) -> None:
        self.clock = Clock()
        self.secrets = {"secret:ALICE": "+15550100"}
        self.database: Database = InlineDatabase(memory, clock=lambda: self.clock.now)
        self.email, self.sms = Post("email", verifies=True), Post("sms", verifies=True)
        channels = {
            "email": self.email,
            "sms": self.sms,
            "push": Post("push", registers=True),
            "webhook": Post("webhook"),
        }
        reach = Reach(
            lambda via, address: via in channels and self.resolve(address) is not None, self.resolve,
            frozenset({"push"}), frozenset({"email", "sms"}),
        )  # fmt: skip
        self.world = World(replace(books()[1], people=PEOPLE), reach, lambda connection, number: None)
        windows = Windows(self.database, self.world, lambda wake: None, "here:1")
        self.contacts = Contacts(self.database, self.world, channels, windows.look, writer="here:1", link="http://e")

    def resolve(self, address: str) -> str | None:
        return self.secrets.get(address) if address.startswith("secret:") else address

    async def of(self, person: str, via: str) -> Standing:
        return next(each for each in await self.contacts.listed(person) if each.via == via)

    async def code(self, via: str = "email") -> str:
        await self.contacts.send_code("alice", via, "alice")
        return str({"email": self.email, "sms": self.sms}[via].sent[-1][1].code)


@pytest.fixture
def desk() -> Iterator[Desk]:
    memory = Memory()
    yield Desk(memory)
    memory.close()


async def test_everything_that_the_policies_name_is_listed_with_what_is_known_of_it(desk: Desk) -> None:
    del desk.secrets["secret:ALICE"]
    found = {(each.person, each.via): (each.state, each.why) for each in await desk.contacts.listed()}
    assert found == {
        ("alice", "email"): ("unverified", ""),
        ("alice", "sms"): ("not usable", "the secret ALICE is not set"),
        ("alice", "push"): ("not usable", "no device is registered"),
        ("alice", "webhook"): ("needs no proof", ""),
        ("alice", "slack"): ("not usable", "the channel slack is not configured"),
        ("bob", "email"): ("unverified", ""),
    }


async def test_the_code_that_arrived_proves_the_contact_at_once(desk: Desk) -> None:
    code = await desk.code()
    address, message = desk.email.sent[0]
    assert address == "alice@example.com"
    assert re.fullmatch("[0-9]{6}", code)
    assert code in wording.short(message)
    assert code in wording.letter(message).plain
    await desk.contacts.confirm("alice", "email", f" {code}\n", "alice")
    standing = await desk.of("alice", "email")
    assert (standing.state, standing.verified_at) == ("verified", desk.clock.now)
    assert contact_id("alice", "email") not in desk.world.view.unverified
    # From now on the proved one counts, and the other is kept back.
    assert desk.world.view.kept_back == {contact_id("alice", "sms")}
    assert (await desk.of("alice", "sms")).why == "used only where every verified contact fails"


async def test_a_code_is_used_once_and_kept_only_as_a_hash(desk: Desk) -> None:
    code = await desk.code()
    kept = await desk.database.read(lambda c: c.exec_driver_sql("SELECT code FROM contact").scalar())
    assert code not in kept
    await desk.contacts.confirm("alice", "email", code, "alice")
    with pytest.raises(Refused, match="ask for one"):
        await desk.contacts.confirm("alice", "email", code, "alice")


async def test_a_code_proves_no_other_contact(desk: Desk) -> None:
    code = await desk.code()
    with pytest.raises(Refused, match="No code was sent there"):
        await desk.contacts.confirm("alice", "sms", code, "alice")


async def test_a_code_proves_no_other_address(desk: Desk) -> None:
    code = await desk.code("sms")
    desk.secrets["secret:ALICE"] = "+15550199"
    with pytest.raises(Refused, match="No code was sent there"):
        await desk.contacts.confirm("alice", "sms", code, "alice")


async def test_a_contact_whose_address_changes_is_unproved_again(desk: Desk) -> None:
    await desk.contacts.confirm("alice", "sms", await desk.code("sms"), "alice")
    desk.secrets["secret:ALICE"] = "+15550199"
    assert (await desk.of("alice", "sms")).state == "unverified"


async def test_a_code_counts_for_ten_minutes(desk: Desk) -> None:
    code = await desk.code()
    desk.clock.now += 10 * MINUTE
    with pytest.raises(Refused, match="more than 10 minutes old"):
        await desk.contacts.confirm("alice", "email", code, "alice")
    assert (await desk.of("alice", "email")).state == "unverified"


async def test_five_wrong_tries_make_a_code_worthless_even_the_right_one(desk: Desk) -> None:
    code = await desk.code()
    wrong = "000000" if code != "000000" else "111111"
    for left in ("4 tries", "3 tries", "2 tries", "1 try", "ask for a new one"):
        with pytest.raises(Refused, match=left):
            await desk.contacts.confirm("alice", "email", wrong, "alice")
    with pytest.raises(Refused, match="ask for a new code"):
        await desk.contacts.confirm("alice", "email", code, "alice")
    await desk.contacts.confirm("alice", "email", await desk.code(), "alice")


async def test_a_newer_code_replaces_the_older(desk: Desk) -> None:
    older = await desk.code()
    desk.clock.now += SECOND
    newer = await desk.code()
    if older != newer:
        with pytest.raises(Refused, match="not the code"):
            await desk.contacts.confirm("alice", "email", older, "alice")
    # What vendors know a message by differs, so that none of them takes the second for a repetition.
    assert len({message.key for _, message in desk.email.sent}) == 2


async def test_five_codes_an_hour_go_to_one_contact_and_others_are_not_held_back(desk: Desk) -> None:
    for _ in range(5):
        await desk.code()
    with pytest.raises(Refused, match="5 codes were sent there within an hour"):
        await desk.code()
    assert len(desk.email.sent) == 5
    await desk.code("sms")
    desk.clock.now += HOUR
    await desk.code()


async def test_what_the_provider_says_comes_back(desk: Desk) -> None:
    desk.email.fault = NotSent("permanent", "550 no such mailbox")
    with pytest.raises(Refused, match="not sent by email: 550 no such mailbox"):
        await desk.code()


async def test_a_provider_that_hangs_keeps_nobody_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SEND_DEADLINE", 0.01)
    desk.email.hangs = True
    with pytest.raises(Refused, match="did not answer"):
        await desk.code()


@pytest.mark.parametrize(
    ("via", "words"),
    [
        ("fax", "no contact 'fax'"),
        ("slack", "channel slack is not configured"),
        ("push", "no device is registered"),
        ("webhook", "not proved by a code"),
    ],
)
async def test_what_cannot_be_proved_by_a_code_says_so(desk: Desk, via: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        await desk.contacts.send_code("alice", via, "alice")


async def test_whoever_wants_no_messages_gets_no_code(desk: Desk) -> None:
    mark = contacts.hashed("+15550100")

    def refuse(connection: Any, _: Any) -> list[None]:
        return [contacts.opt(connection, contact_id("alice", "sms"), mark, desk.clock.now)]

    await desk.database.write(refuse, None)
    assert (await desk.of("alice", "sms")).state == "opted out"
    with pytest.raises(Refused, match="wants no messages"):
        await desk.code("sms")
    assert desk.sms.sent == []


async def test_the_audit_says_who_asked_and_who_proved(desk: Desk) -> None:
    code = await desk.code()
    await desk.contacts.confirm("alice", "email", code, "the admin")
    rows = await desk.database.read(lambda c: [(r.by, r.act, r.detail) for r in audit.entries(c)])
    assert rows == [
        ("alice", "contact.code", '{"contact":"person/alice/email"}'),
        ("the admin", "contact.verified", '{"contact":"person/alice/email"}'),
    ]


async def test_by_mail_from_asking_to_verified(sqlite_url: str, tmp_path: Path) -> None:
    """The whole house, real SMTP, the doors as the command line uses them."""
    post = MailPost()
    people = "alice: {contacts: {email: alice@example.com}}"
    smtp = {"email_from": "escalator@example.com"}
    async with post_office(post) as port:
        server = f"smtp://127.0.0.1:{port}?tls=none"
        async with live(sqlite_url, tmp_path / "p", policies(people), smtp_url=server, **smtp) as one:
            door = "/api/v1/people/alice/contacts/email"
            assert (await one.door.post(f"{door}/code", json={})).json()["state"] == "unverified"
            mail = post.mails[0]
            body = mail.get_body(("plain",))
            assert body is not None
            code = re.search(r"\b[0-9]{6}\b", body.get_content())
            assert code is not None
            assert code[0] not in str(mail["Subject"])  # a lock screen shows it
            assert (await one.door.post(f"{door}/confirm", json={"code": "x"})).status == 409
            done = await one.door.post(f"{door}/confirm", json={"code": code[0]})
            assert (done.status, done.json()["state"]) == (200, "verified")
            assert (await one.door.post(f"{door}/code", json={})).status == 200
    assert post.recipients == ["alice@example.com"] * 2
    assert len({str(mail["Message-ID"]) for mail in post.mails}) == 2
