"""Silences, overrides, who is on call, policies and tokens by JSON."""

from typing import Any

import pytest

from escalator.core.alert import Matcher
from escalator.core.instant import DAY, HOUR, rfc3339
from escalator.web import build
from escalator.web.contacts import masked_contact
from tests.web.asgi import Client
from tests.web.conftest import House, a_book
from tests.web.fakes import NOW
from tests.web.rows import an_incident
from tests.web.test_incidents import says


@pytest.fixture
def client(house: House) -> Client:
    return Client(build(house.needs), token="token-admin")


async def test_a_silence_is_made_shown_listed_and_ended(client: Client, house: House) -> None:
    body = {"matchers": ["service=ledger", 'env=~"dev|staging"'], "for": "2h", "by": "alice", "reason": "migration"}
    made = await client.post("/api/v1/silences", json=body)
    assert made.status == 201
    silence = made.json()
    assert (silence["by"], silence["starts_at"], silence["ends_at"]) == ("alice", rfc3339(NOW), rfc3339(NOW + 2 * HOUR))
    assert house.windows.all_silences[0].matchers == (
        Matcher("service", "=", "ledger"),
        Matcher("env", "=~", "dev|staging"),
    )
    assert (await client.get(f"/api/v1/silences/{silence['id']}")).json() == silence
    assert (await client.get("/api/v1/silences")).json()["items"] == [silence]
    assert (await client.delete(f"/api/v1/silences/{silence['id']}")).status == 204
    says(await client.delete(f"/api/v1/silences/{silence['id']}"), 404, "GET /api/v1/silences")
    says(await client.get(f"/api/v1/silences/{silence['id']}"), 404)


async def test_a_silence_also_takes_matchers_in_fields_and_an_end(client: Client) -> None:
    matchers = [{"label": "service", "operator": "!=", "value": ""}]
    body = {"matchers": matchers, "starts_at": "2026-11-18T13:00:00+01:00", "ends_at": "2026-11-18T14:00:00Z"}
    made = await client.post("/api/v1/silences", json=body)
    assert made.json()["matchers"] == matchers
    assert made.json()["starts_at"] == "2026-11-18T12:00:00Z"


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"for": None}, 422, "Say when it ends"),
        ({"ends_at": "2027-01-01T00:00:00Z"}, 422, "not both"),
        ({"for": None, "ends_at": "2026-11-18T00:00:00Z"}, 422, "over already"),
        ({"starts_at": "2026-11-20T00:00:00Z", "for": None, "ends_at": "2026-11-19T00:00:00Z"}, 422, "over already"),
        ({"for": "31d"}, 422, "30 days"),
        ({"matchers": []}, 422, "matchers"),
        # What matches an alert without labels matches everything, or nearly.
        ({"matchers": ["alertname=~.*"]}, 422, "add a matcher"),
        ({"matchers": ["alertname!=x", "service="]}, 422, "add a matcher"),
        ({"matchers": ["service"]}, 400, "label=value"),
        ({"matchers": ["service=~("]}, 400, "RE2"),
        ({"matchers": [{"label": "a", "operator": "~", "value": "b"}]}, 400, "operator"),
        ({"matchers": [{"label": "a", "value": "b", "isRegex": True}]}, 422, "isRegex"),
        ({"reson": "typo"}, 422, "reson"),
    ],
)
async def test_a_silence_that_would_hide_too_much_or_cannot_be_read_is_refused(
    client: Client, house: House, change: dict[str, Any], status: int, word: str
) -> None:
    body = {"matchers": ["service=ledger"], "for": "2h"} | change
    says(await client.post("/api/v1/silences", json={k: v for k, v in body.items() if v is not None}), status, word)
    assert house.windows.all_silences == []


async def a_silence(client: Client, **body: Any) -> str:
    made = await client.post("/api/v1/silences", json={"matchers": ["service=ledger"], "for": "2h"} | body)
    return str(made.json()["id"])


@pytest.mark.parametrize(
    ("change", "end"),
    [
        # from now on, not from its end: sent twice it means the same
        ({"for": "4h"}, NOW + 4 * HOUR),
        ({"ends_at": "2026-11-18T13:06:40+01:00"}, NOW + HOUR),
        ({"reason": "still moving"}, NOW + 2 * HOUR),
        ({"for": "40d", "long": True}, NOW + 40 * DAY),
    ],
)
async def test_a_silence_gets_another_end_or_another_reason(client: Client, change: dict[str, Any], end: int) -> None:
    path = f"/api/v1/silences/{await a_silence(client, reason='migration')}"
    answer = await client.patch(path, json=change)
    assert (answer.status, answer.json()["ends_at"]) == (200, rfc3339(end)), answer.text
    assert answer.json()["reason"] == change.get("reason", "migration")
    assert (await client.get(path)).json() == answer.json()


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({}, 422, "Say what changes"),
        ({"by": "alice"}, 422, "Say what changes"),
        ({"for": "1h", "ends_at": "2027-01-01T00:00:00Z"}, 422, "not both"),
        ({"ends_at": "2026-11-18T00:00:00Z"}, 422, "over already"),
        ({"for": "31d"}, 422, "30 days"),
        ({"matchers": ["a=b"]}, 422, "matchers"),
    ],
)
async def test_a_change_that_cannot_be_meant_is_refused(
    client: Client, change: dict[str, Any], status: int, word: str
) -> None:
    path = f"/api/v1/silences/{await a_silence(client)}"
    says(await client.patch(path, json=change), status, word)
    assert (await client.get(path)).json()["ends_at"] == rfc3339(NOW + 2 * HOUR)


async def test_what_is_not_there_or_has_not_begun_when_it_would_end(client: Client) -> None:
    says(await client.patch("/api/v1/silences/none", json={"for": "1h"}), 404, "GET /api/v1/silences")
    id = await a_silence(client, starts_at=rfc3339(NOW + DAY))
    says(await client.patch(f"/api/v1/silences/{id}", json={"for": "1h"}), 422, "over already")


async def test_who_may_only_look_changes_no_silence(client: Client, house: House) -> None:
    path = f"/api/v1/silences/{await a_silence(client)}"
    says(await Client(build(house.needs), token="token-read").patch(path, json={"for": "4h"}), 403)


async def test_a_long_silence_can_be_meant(client: Client) -> None:
    body = {"matchers": ["service=x"], "for": "90d", "long": True}
    assert (await client.post("/api/v1/silences", json=body)).status == 201


async def test_an_override_puts_somebody_else_on_call_and_can_be_taken_back(client: Client) -> None:
    before = (await client.get("/api/v1/oncall")).json()["items"]
    assert [(each["schedule"], each["person"], each["next"]) for each in before] == [("primary", "alice", ["bob"])]
    body = {"schedule": "primary", "person": "bob", "for": "12h", "reason": "Alice flies"}
    made = (await client.post("/api/v1/overrides", json=body)).json()
    during = (await client.get("/api/v1/oncall?schedule=primary")).json()["items"][0]
    assert (during["person"], during["until"]) == ("bob", rfc3339(NOW + 12 * HOUR))
    later = await client.get(f"/api/v1/oncall?at={rfc3339(NOW + DAY)}")
    assert later.json()["items"][0]["person"] == "alice"
    assert (await client.get("/api/v1/overrides")).json()["items"] == [made]
    assert (await client.get(f"/api/v1/overrides/{made['id']}")).json() == made
    assert (await client.delete(f"/api/v1/overrides/{made['id']}")).status == 204
    says(await client.delete(f"/api/v1/overrides/{made['id']}"), 404, "GET /api/v1/overrides")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"schedule": "x"}, "primary"),
        ({"person": "mallory"}, "alice, bob"),
        ({"for": "never"}, "1h30m"),
    ],
)
async def test_an_override_is_checked_against_the_live_policies(
    client: Client, change: dict[str, Any], word: str
) -> None:
    body = {"schedule": "primary", "person": "bob", "for": "12h"} | change
    says(await client.post("/api/v1/overrides", json=body), 422, word)


async def test_a_question_about_an_unknown_schedule_names_those_there_are(client: Client) -> None:
    says(await client.get("/api/v1/oncall?schedule=x"), 422, "primary")
    says(await client.get("/api/v1/oncall?at=tomorrow"), 422, "at")


async def test_the_live_policies_are_shown_with_what_keeps_newer_ones_from_being_live(
    client: Client, house: House
) -> None:
    house.revisions.refused = "main.yaml:3:1: no such schedule"
    shown = (await client.get("/api/v1/policies")).json()
    assert (shown["revision"], shown["problem"]) == (7, "main.yaml:3:1: no such schedule")
    assert shown["policies"][0]["levels"][0]["notify"] == [{"schedule": "primary"}, {"channel": "ops"}]
    assert shown["routes"][0]["policies"]["critical"] == "page"


async def test_alerts_and_notifications_are_listed_over_all_incidents(client: Client, house: House) -> None:
    for id in (1, 2, 3):
        an_incident(house, id)
    alerts = await client.get("/api/v1/alerts?match=host%3D~db-[12]&status=firing")
    assert [each["incident"] for each in alerts.json()["items"]] == ["2", "1"]
    first = (await client.get("/api/v1/notifications?limit=2")).json()
    rest = (await client.get(f"/api/v1/notifications?limit=2&cursor={first['next']}")).json()
    assert [each["incident"] for each in first["items"] + rest["items"]] == ["3", "2", "1"]
    says(await client.get("/api/v1/notifications?cursor=x"), 400, "begin without one")
    says(await client.get("/api/v1/alerts?status=open"), 422, "firing")


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("person/alice/email", "a…@example.com"),
        ("person/alice/sms", "•••"),
        ("channel/ops", "https://hooks.example.com/…"),
        # No longer in the policies: there is nothing to mask.
        ("person/zoe/email", "person/zoe/email"),
        ("person/alice/push", "person/alice/push"),
        ("last-resort", "last-resort"),
    ],
)
def test_a_contact_is_recognisable_and_useless_to_others(contact: str, shown: str) -> None:
    assert masked_contact(a_book(), contact) == shown


async def test_a_token_is_shown_once_used_and_revoked(client: Client, house: House) -> None:
    body = {"name": "grafana", "scopes": ["ingest:alertmanager", "read"], "person": "alice", "for": "90d"}
    made = await client.post("/api/v1/tokens", json=body)
    assert (made.status, made.json()["expires_at"]) == (201, rfc3339(NOW + 90 * DAY))
    own = {"authorization": f"Bearer {made.json()['token']}"}
    assert (await client.get("/api/v1/incidents", headers=own)).status == 200
    assert (await client.delete(f"/api/v1/tokens/{made.json()['id']}")).status == 204
    assert (await client.get("/api/v1/incidents", headers=own)).status == 401
    says(await client.delete("/api/v1/tokens/nope"), 404)


async def test_the_list_of_tokens_names_them_and_holds_no_secret(client: Client, house: House) -> None:
    answer = await client.get("/api/v1/tokens")
    assert "ack robot" in [token["name"] for token in answer.json()["items"]]
    assert "token-ack" not in answer.text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"scopes": ["write"]}, "ingest:alertmanager"),
        ({"scopes": ["read:all"]}, "no scope"),
        ({"scopes": ["ingest:unknown"]}, "no scope"),
        ({"scopes": []}, "scopes"),
        ({"person": "mallory"}, "alice, bob"),
        ({"name": "  "}, "name"),
    ],
)
async def test_a_token_for_nothing_or_nobody_is_refused(client: Client, change: dict[str, Any], word: str) -> None:
    says(await client.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]} | change), 422, word)
