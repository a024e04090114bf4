"""Who may come in: denied by default, by scope, and in open mode only from this machine."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from escalator.engine.keys import SCOPES
from escalator.web import build
from escalator.web.build import application
from escalator.web.gate import loopback, redacted
from escalator.web.ingest import IngestDoor
from escalator.web.openapi import permits
from tests.web.asgi import Client
from tests.web.conftest import House

PUBLIC = {
    "/healthz", "/readyz", "/replies/link/{token}", "/replies/email/{token}", "/replies/slack",
    "/replies/twilio/{what}", "/replies/pagerduty", "/replies/email/inbound/{vendor}", "/replies/push",
    "/devices/push.js", "/devices/icon.png", "/devices/app.webmanifest", "/worker.js", "/devices/{token}",
    "/devices/{token}/test", "/devices/{token}/{id}", "/replies/apprise/{what}", "/replies/git",
    "/calendars/{token}/{name}", "/app.webmanifest", "/assets/{name}", "/sign-in", "/sign-in/{word}",
}  # fmt: skip
"""Doors that ask for no token: health, links whose path is the token, vendors, who sign, and where one signs in."""
OWN = {"/sign-out", "/me"}
"""What changes nothing but the visitor's own browser."""
STREAMS = {"/api/v1/events", "/events"}


def test_every_route_declares_who_may_use_it(house: House) -> None:
    declared = permits(application(house.needs))
    assert len(declared) > 30
    assert [route for route in declared if route[2] is None] == []
    assert {path for path, _, permission in declared if permission == "public"} == PUBLIC
    assert IngestDoor.permission in SCOPES


def test_a_route_without_a_declaration_would_be_found(house: House) -> None:
    app = application(house.needs)
    app.add_api_route("/forgotten", lambda: None)
    assert ("/forgotten", "GET", None) in permits(app)


def test_whatever_changes_something_asks_for_more_than_reading(house: House) -> None:
    for path, method, permission in permits(application(house.needs)):
        if method in ("POST", "DELETE", "PUT", "PATCH") and path not in PUBLIC | OWN:
            assert permission in ("ack", "admin"), path


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", {"read"}),
        ("ack", {"read", "ack"}),
        ("admin", {"read", "ack", "admin"}),
        # A sender's token lies in configuration files of others: it opens nothing else.
        ("ingest", set()),
        ("ingest:alertmanager", set()),
    ],
)
async def test_each_scope_opens_exactly_its_doors(house: House, scope: str, allowed: set[str]) -> None:
    client = Client(build(house.needs), token=f"token-{scope}")
    for path, method, permission in permits(application(house.needs)):
        if permission in ("read", "ack", "admin") and path not in STREAMS:
            answer = await client.request(method, path.replace("{incident_id}", "1").replace("{id}", "1"), json={})
            assert (answer.status != 403) is (permission in allowed), (method, path, answer.body)


@pytest.mark.parametrize("token", [None, "wrong", "", "tøken"])
async def test_a_stranger_gets_401_that_says_how_to_come_in(house: House, token: str | None) -> None:
    client = Client(build(house.needs), token=token)
    for path, method, permission in permits(application(house.needs)):
        if permission in ("read", "ack", "admin"):
            answer = await client.request(method, path.replace("{incident_id}", "1").replace("{id}", "1"))
            assert answer.status == 401, path
            assert "www-authenticate" in answer.headers
            assert method == "HEAD" or "escalator token create" in answer.json()["detail"]


async def test_basic_opens_nothing_but_the_senders_door_because_browsers_send_it_by_themselves(house: House) -> None:
    basic = {"authorization": "Basic OnRva2VuLWFkbWlu"}
    client = Client(build(house.needs))
    assert (await client.get("/", headers=basic)).status == 401
    assert (await client.post("/api/v1/silences", json={}, headers=basic)).status == 401


async def test_metrics_are_open_unless_the_settings_say_otherwise(new_house: Callable[..., House]) -> None:
    assert (await Client(build(new_house().needs)).get("/metrics")).status == 200
    closed = build(new_house(metrics_open=False).needs)
    assert (await Client(closed).get("/metrics")).status == 401
    assert (await Client(closed, token="token-read").get("/metrics")).status == 200


async def test_running_open_lets_everybody_of_this_machine_act(new_house: Callable[..., House]) -> None:
    client = Client(build(new_house(open_mode=True).needs))
    body = {"matchers": ["service=x"], "for": "1h", "by": "alice"}
    same = {"origin": "http://localhost:8080"}
    assert (await client.post("/api/v1/silences", json=body, headers=same)).json()["by"] == "alice"


@pytest.mark.parametrize(
    "headers",
    [
        # DNS rebinding: the name is theirs, the address ours.
        {"host": "rebound.example"},
        {"host": "localhost.example"},
        {"host": ""},
        {"host": "127.0.0.1.example"},
        {"host": "10.0.0.1"},
        # Another site's script in the same browser.
        {"origin": "https://evil.example"},
        {"origin": "null"},
        # Another program of this machine, on another port.
        {"origin": "http://localhost:3000"},
    ],
)
async def test_running_open_keeps_every_other_site_out_of_every_door(
    new_house: Callable[..., House], headers: dict[str, str]
) -> None:
    client = Client(build(new_house(open_mode=True).needs))
    for target in ("/", "/healthz", "/api/v1/incidents", "/integrations/alertmanager", "/replies/link/x"):
        answer = await client.post(target, headers=headers)
        assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json"), target


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "127.9.9.9", "[::1]:80", "a.localhost"])
def test_a_name_of_this_machine_is_known(host: str) -> None:
    assert loopback(host)


@pytest.mark.parametrize("host", ["", "[", "example", "localhost@evil.example", "0.0.0.0", "[::2]", "127.0.0.1@x"])
def test_any_other_name_is_not(host: str) -> None:
    assert not loopback(host)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/integrations/alertmanager/s3cret", "/integrations/alertmanager/…"),
        ("/integrations/alertmanager/s3cret/more", "/integrations/alertmanager/…/…"),
        ("/replies/link/s3cret", "/replies/link/…"),
        ("/replies/email/s3cret", "/replies/email/…"),
        ("/replies/slack", "/replies/slack"),
        ("/devices/s3cret", "/devices/…"),
        ("/devices/s3cret/d1", "/devices/…/d1"),
        ("/calendars/s3cret/alice.ics", "/calendars/…/alice.ics"),
        ("/api/v1/incidents/42", "/api/v1/incidents/42"),
    ],
)
def test_a_path_is_logged_without_its_token(path: str, written: str) -> None:
    assert redacted(path) == written


async def test_no_token_reaches_the_access_log_wherever_it_stood(house: House) -> None:
    client = Client(build(house.needs), token="c4nary")
    with capture_logs() as lines:
        for target in (
            "/replies/link/c4nary",
            "/calendars/c4nary/a.ics",
            "/api/v1/incidents?token=c4nary",
            "/incidents/1?x=c4nary",
        ):
            await client.get(target)
    assert [line["status"] for line in lines] == [404, 404, 401, 401]
    assert "c4nary" not in str(lines)


async def test_every_answer_carries_the_headers_that_browsers_need(new_house: Callable[..., House]) -> None:
    client = Client(build(new_house(public_url="https://esc.example").needs), token="token-read")
    for target in ("/", "/docs", "/api/v1/incidents", "/nope", "/healthz"):
        headers = (await client.get(target)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] in ("no-referrer", "same-origin")
        assert headers["strict-transport-security"]


async def test_a_body_past_one_megabyte_is_refused_announced_or_not(house: House) -> None:
    client = Client(build(house.needs), token="token-ack")
    for announce in (True, False):
        body = [b" " * 600_000, b" " * 600_000]
        kind = {"content-type": "application/json"}
        answer = await client.post("/api/v1/silences", body=body, announce=announce, headers=kind)
        assert (answer.status, answer.headers["content-type"]) == (413, "application/problem+json")


async def test_a_compressed_body_is_refused_everywhere(house: House) -> None:
    client = Client(build(house.needs), token="token-ack")
    assert (await client.post("/api/v1/silences", body=b"{}", headers={"content-encoding": "br"})).status == 415
