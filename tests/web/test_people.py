"""Contacts by JSON: listed masked, proved by their owner alone."""

import pytest

from escalator.core.instant import rfc3339
from escalator.web import build
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.test_incidents import says

EMAIL = "/api/v1/people/alice/contacts/email"


@pytest.fixture
def alice(house: House) -> Client:
    return Client(build(house.needs), token="token-alice")


async def test_everybody_is_listed_with_masked_contacts_and_what_is_known_of_them(alice: Client) -> None:
    items = (await alice.get("/api/v1/people")).json()["items"]
    assert [each["name"] for each in items] == ["alice", "bob"]
    assert items[0]["contacts"] == [
        {"via": "email", "address": "a…@example.com", "state": "unverified", "why": "", "verified_at": None},
        {"via": "sms", "address": "•••", "state": "verified", "why": "", "verified_at": rfc3339(NOW)},
    ]
    assert (await alice.get("/api/v1/people/bob")).json() == items[1]
    assert "alice@example.com" not in (await alice.get("/api/v1/people")).text


async def test_a_stranger_is_named_with_those_there_are(alice: Client) -> None:
    says(await alice.get("/api/v1/people/carol"), 404, "there are: alice, bob")
    says(await alice.post("/api/v1/people/carol/contacts/email/code", json={}), 404, "there are: alice, bob")
    says(await alice.post("/api/v1/people/alice/contacts/fax/code", json={}), 404, "there are: email, sms")


async def test_alice_asks_for_a_code_and_proves_her_contact(alice: Client, house: House) -> None:
    assert (await alice.post(f"{EMAIL}/code", json={})).json()["state"] == "unverified"
    says(await alice.post(f"{EMAIL}/confirm", json={"code": "000000"}), 409, "4 tries are left")
    assert (await alice.post(f"{EMAIL}/confirm", json={"code": " 123456 "})).json()["state"] == "verified"
    assert house.contacts.asked == [("code", "alice", "email", "alice"), ("confirm", "alice", "email", "alice")]


async def test_nobody_proves_anothers_contact(alice: Client, house: House) -> None:
    robot = Client(build(house.needs), token="token-ack")
    for client, who in ((alice, "bob"), (robot, "alice")):
        for what in ("code", "confirm"):
            answer = await client.post(f"/api/v1/people/{who}/contacts/email/{what}", json={"code": "123456"})
            says(answer, 403, f"Only {who} can prove")
    assert house.contacts.asked == []


async def test_an_admin_may_and_is_told_what_the_engine_refuses(house: House) -> None:
    admin = Client(build(house.needs), token="token-admin")
    assert (await admin.post(f"{EMAIL}/code", json={})).status == 200
    says(await admin.post("/api/v1/people/bob/contacts/email/code", json={}), 409, "cannot be used")


async def test_a_code_must_be_said(alice: Client) -> None:
    assert (await alice.post(f"{EMAIL}/confirm", json={})).status == 422
