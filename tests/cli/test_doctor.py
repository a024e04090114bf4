"""`escalator doctor` says what is wrong and what to do, and pages nobody."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from escalator import config
from escalator.app import doctor
from escalator.app import examine as examination
from escalator.cli import running
from escalator.cli.doctor import clock, examine
from escalator.config import Finding
from escalator.core.notification import contact_id
from escalator.store import contacts, schema
from escalator.store.db import Database
from tests.channels.smtp import Post, post_office, scripted

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "ok"), [(0, True), (5, True), (-5, True), (6, False), (-60, False)])
def test_a_clock_may_differ_by_five_seconds(seconds, ok):
    assert clock(NOW + timedelta(seconds=seconds), NOW).ok is ok


async def test_settings_that_cannot_be_used_are_all_that_is_told():
    found = await examine({"ESCALATOR_PORT": "x", "ESCALATOR_TYPO": "y"})
    assert [finding.ok for finding in found] == [False, False]
    assert "ESCALATOR_TYPO is not a setting" in found[0].text
    assert "ESCALATOR_PORT=x" in found[1].text


@pytest.fixture
def findings(monkeypatch):
    found = [
        Finding("settings", True, "all can be read"),
        Finding("policies", False, "error[E100]\n --> main.yaml:1:1"),
    ]

    async def examined(environ):
        return found

    monkeypatch.setattr(running.examination, "examine", examined)
    return found


def test_what_is_wrong_stands_out_and_fails(run, findings):
    printed = run("doctor")
    assert printed.code == 1
    assert printed.out.splitlines() == [
        "ok     settings: all can be read",
        "WRONG  policies: error[E100]",
        "        --> main.yaml:1:1",
    ]
    assert run("doctor", "--json").json[1]["ok"] is False


def test_with_nothing_wrong_the_exit_code_is_0(run, findings):
    findings.pop()
    assert run("doctor").code == 0


def test_what_is_worth_a_look_is_told_and_fails_nothing(run, findings):
    findings[1:] = [Finding("verification", True, "nobody proved any contact of alice (email)", True)]
    printed = run("doctor")
    assert (printed.code, printed.out.splitlines()[1]) == (
        0, "warn   verification: nobody proved any contact of alice (email)",
    )  # fmt: skip
    assert run("doctor", "--json").json[1]["warns"] is True


# Here begins what the settings point to: a real installation, asked for real.

POLICIES = """\
version: 1
people:
  alice: {contacts: {email: alice@example.com, sms: secret:ALICE_PHONE}}
  bob:   {contacts: {push: browser}}
  carol: {contacts: {email: carol@example.com, call: secret:CAROL_PHONE}}
  dave:  {contacts: {webhook: secret:DAVE_HOOK}}
channels:
  ops: {sms: secret:OPS_PHONE}
policies:
  page: {levels: [{notify: [{person: alice}, {person: bob}, {person: carol}, {person: dave}, {channel: ops}]}]}
catch_all: page
"""


class Installation:
    """Settings, a database and policies on disk, and a real mail server."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch, self.post = folder, monkeypatch, Post()
        monkeypatch.chdir(folder)
        (folder / "policies").mkdir()
        self.writes(POLICIES)
        self.url = f"sqlite+aiosqlite:///{folder / 'e.db'}"
        self.sets(DATABASE_URL=self.url, PORT="1")
        monkeypatch.setenv("DAVE_HOOK", "https://dave.example.com/hook")

    def writes(self, text):
        (self.folder / "policies" / "main.yaml").write_text(text)

    def sets(self, **settings):
        for name, value in settings.items():
            self.monkeypatch.setenv(f"ESCALATOR_{name}", str(value))

    async def does(self, work):
        """Something that was done while the service ran."""
        await schema.ensure(self.url)
        database = await Database.open(self.url)
        await database.write(lambda connection, many: [work(connection)], None)
        await database.close()

    async def found(self):
        """(mark, text) by name; several of one name are joined."""
        told = {}
        for each in await doctor(config.load(config.environment())):
            mark = "WRONG" if not each.ok else "warn" if each.warns else "ok"
            told.setdefault(each.name, []).append(f"{mark} {each.text}")
        return {name: "\n".join(lines) for name, lines in told.items()}


@pytest.fixture
async def place(tmp_path, monkeypatch):
    installation = Installation(tmp_path, monkeypatch)
    async with post_office(installation.post) as port:
        installation.sets(SMTP_URL=f"smtp://127.0.0.1:{port}?tls=none", EMAIL_FROM="escalator@example.com")
        yield installation


def proves(person, via, address):
    def work(connection):
        contacts.send_code(connection, contact_id(person, via), contacts.hashed(address), "x", 1)
        contacts.verify(connection, contact_id(person, via), 2)

    return work


async def test_everything_is_asked_and_nobody_is_paged(place):
    found = await place.found()
    assert found["database"].startswith("ok reachable; ")
    assert found["policies"].startswith("ok 1 policies")
    assert found["channel email"].startswith("ok email: 127.0.0.1")
    assert place.post.mails == []
    assert not (place.folder / "e.db").exists(), "it only looks"


async def test_who_cannot_be_reached_at_all_is_wrong_and_says_why(place):
    found = await place.found()
    assert found["people"] == "WRONG cannot be reached: bob (push: no device is registered)"
    assert found["channels"] == "WRONG cannot be used: ops (sms: not configured)"


async def test_a_contact_that_cannot_be_used_is_worth_a_look_where_its_person_has_another(place):
    assert (await place.found())["contacts"] == (
        "warn cannot be used: alice (sms: the channel sms is not configured), "
        "carol (call: the channel call is not configured)"
    ).replace("), ", "); ")


async def test_a_registered_device_is_a_way_and_a_proof(place):
    device = contacts.Device("d1", "bob", "https://push.example.com/1", "key", "auth", "phone")
    await place.does(lambda connection: contacts.register(connection, device, 1))
    found = await place.found()
    assert "people" not in found
    assert "bob" not in found["verification"]


async def test_people_without_a_proved_contact_are_named(place):
    found = await place.found()
    assert found["verification"].startswith("warn nobody proved any contact of alice (email); carol (email): ")
    await place.does(proves("alice", "email", "alice@example.com"))
    assert "contact of carol (email): " in (await place.found())["verification"]


async def test_a_proof_of_another_address_is_none(place):
    await place.does(proves("alice", "email", "alice@elsewhere.example.com"))
    assert "alice (email)" in (await place.found())["verification"]


async def test_what_a_proved_contact_keeps_back_is_named(place):
    place.sets(TWILIO_ACCOUNT_SID="AC" + "0" * 32, TWILIO_AUTH_TOKEN="t", TWILIO_FROM="+15005550006")
    place.sets(TWILIO_API_URL="http://127.0.0.1:1")
    place.monkeypatch.setenv("ALICE_PHONE", "+15005550001")
    await place.does(proves("alice", "email", "alice@example.com"))
    found = await place.found()
    assert "warn used only where every verified contact fails: alice (sms)" in found["verification"]
    assert found["channel sms"].startswith("WRONG")
    assert "carol (call: the secret CAROL_PHONE is not set)" in found["contacts"]


async def test_an_owner_who_wants_no_messages_is_not_reached_there(place):
    mark = contacts.hashed("alice@example.com")
    await place.does(lambda connection: contacts.opt(connection, contact_id("alice", "email"), mark, 1))
    assert "alice (email: its owner wants no messages there, sms: " in (await place.found())["people"]


async def test_a_channel_that_was_set_up_for_nobody_is_worth_a_look(place):
    assert "address there" not in (await place.found())["channels"]
    place.writes(POLICIES.replace("email: alice@example.com, ", "").replace("email: carol@example.com, ", ""))
    assert (await place.found())["channels"].splitlines()[1] == (
        "warn set up, and nobody in the policies has an address there: email"
    )
    place.sets(LAST_RESORT="boss@example.com")
    assert "address there" not in (await place.found())["channels"]


async def test_a_provider_of_no_concern_is_not_asked(place):
    found = await place.found()
    assert found["channel pagerduty"] == "ok not asked: nobody in the policies has an address there"
    place.sets(PAGERDUTY_EVENTS_URL="http://127.0.0.1:1")
    place.writes(POLICIES.replace("{sms: secret:OPS_PHONE}", "{pagerduty: secret:OPS_KEY}"))
    assert (await place.found())["channel pagerduty"].startswith("WRONG 127.0.0.1 does not answer")


async def test_in_the_sandbox_there_is_nothing_to_prove(place):
    place.sets(TRANSPORT="sandbox")
    found = await place.found()
    assert "verification" not in found
    assert found["channels"] == "WRONG cannot be used: ops (sms: secret unset)"


async def test_a_provider_that_hangs_costs_its_own_deadline_alone(place, monkeypatch):
    monkeypatch.setattr(examination, "SEND_DEADLINE", 0.05)

    async def hangs(server, command):
        await asyncio.sleep(5)

    async with scripted(hangs) as (_, port), asyncio.timeout(4):
        place.sets(SMTP_URL=f"smtp://127.0.0.1:{port}?tls=none")
        found = await place.found()
    assert found["channel email"] == "WRONG does not answer within 0.05 s"
    assert found["channel webhook"].startswith("ok")


async def test_it_looks_at_a_database_that_the_service_is_writing_to(database_url):
    await schema.ensure(database_url)
    database = await Database.open(database_url)

    async def knows(person):
        await database.write(lambda connection, many: [proves(person, "email", "x")(connection) for _ in many], None)
        return {name for name, _ in (await schema.look(database_url, contacts.known)).verified}

    assert await knows("alice") == {"person/alice/email"}
    assert await knows("bob") == {"person/alice/email", "person/bob/email"}
    await database.close()


async def test_policies_in_git_are_fetched_and_a_repository_that_does_not_answer_is_told_without_its_password(
    tmp_path, monkeypatch
):
    from escalator.app.examine import _policies
    from escalator.settings import policies
    from tests.engine.forge import Forge

    monkeypatch.setattr("escalator.engine.checkout.HOME", str(tmp_path))
    forge = Forge(tmp_path)
    forge.pushes("all", main=POLICIES)
    _, found = await _policies(policies(forge.url))
    assert found.ok, found.text
    assert not list(tmp_path.glob("escalator-git-*")), "nothing stays behind"
    _, found = await _policies(policies("https://bot:canary@127.0.0.1:9/oncall.git"))
    assert not found.ok
    assert "https://***@127.0.0.1:9/oncall.git: it cannot be fetched" in found.text
    assert "canary" not in found.text
