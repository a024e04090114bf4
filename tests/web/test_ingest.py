"""The senders' door: who may come in, what is answered, and that nothing authenticated is ever lost."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from escalator.core.instant import MINUTE
from escalator.web.gate import Gate
from escalator.web.ingest import MOST_BYTES, IngestDoor
from tests.web.asgi import Answer, Client
from tests.web.conftest import House

CORPUS = Path(__file__).parent.parent / "corpus"
FIRING = (CORPUS / "001-single-firing.json").read_bytes()
DOOR = "/integrations/alertmanager"


async def nothing(*_: object) -> None:
    raise AssertionError("the senders' door is not behind the application")


def client(house: House, token: str | None = "token-ingest", **more: str) -> Client:
    needs = house.needs
    gate = Gate(nothing, IngestDoor(needs), open_mode=needs.open_mode, public_url=needs.public_url)
    return Client(gate, token=token, **more)


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def says(answer: Answer, status: int, *words: str) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    for word in words:
        assert word in answer.json()["detail"]


async def test_alerts_are_accepted_and_counted(house: House) -> None:
    answer = await client(house).post(DOOR, body=(CORPUS / "043-storm-500-alerts.json").read_bytes())
    assert (answer.status, answer.json()) == (200, {"accepted": 500})
    assert answer.headers["content-type"] == "application/json"
    assert len(house.intake.deliveries[0].alerts) == 500


async def test_a_body_in_pieces_is_one_body(house: House) -> None:
    pieces = [FIRING[:100], b"", FIRING[100:]]
    assert (await client(house).post(DOOR, body=pieces, announce=False)).json() == {"accepted": 1}


async def test_every_alert_of_every_captured_request_is_accepted_as_it_was_sent(house: House) -> None:
    for path in sorted(CORPUS.glob("[0-9]*.json")):
        lines = path.with_suffix(".headers").read_text().splitlines()[1:]
        fields = dict(line.split(": ", 1) for line in lines if ": " in line)
        answer = await client(house).post(DOOR, body=path.read_bytes(), headers=fields)
        assert answer.json() == {"accepted": len(json.loads(path.read_bytes())["alerts"])}, path.stem


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (DOOR, {"authorization": "Bearer token-ingest"}),
        (DOOR, {"authorization": "bearer token-ingest"}),
        (DOOR, {"authorization": "Bearer token-ingest:alertmanager"}),
        (DOOR, {"authorization": "Bearer token-admin"}),
        (DOOR, basic("anybody", "token-ingest")),
        (f"{DOOR}?token=token-ingest", {}),
        (f"{DOOR}/token-ingest", {}),
        # A trailing slash is no reason to redirect: Alertmanager would come back with GET and call it delivered.
        (f"{DOOR}/token-ingest/", {}),
        (f"{DOOR}/", {"authorization": "Bearer token-ingest"}),
        # A proxy's own credentials stand in front of ours.
        (f"{DOOR}/token-ingest", basic("proxy", "its own")),
    ],
)
async def test_a_token_is_taken_wherever_a_sender_can_put_it(
    house: House, target: str, headers: dict[str, str]
) -> None:
    assert (await client(house, None).post(target, body=FIRING, headers=headers)).status == 200


async def test_tokens_from_the_settings_open_the_door(new_house: Callable[..., House]) -> None:
    house = new_house(ingest_token="für-alle", admin_token="chef")
    for token in ("für-alle", "chef"):
        assert (await client(house, token).post(DOOR, body=FIRING)).status == 200
    assert (await client(house, None).post(DOOR, body=FIRING, headers=basic("am", "für-alle"))).status == 200
    assert (await client(house, "für-keinen").post(DOOR, body=FIRING)).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer"},
        {"authorization": "Basic token-ingest"},
        {"authorization": "Basic ====="},
        {"authorization": "Token token-ingest"},
        # Names are not secrets: only the password counts.
        basic("token-ingest", ""),
    ],
)
async def test_who_brings_no_valid_token_is_a_stranger_and_nothing_is_kept(
    house: House, headers: dict[str, str]
) -> None:
    answer = await client(house, None).post(DOOR, body=b"garbage", headers=headers)
    says(answer, 401, "Bearer")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (house.intake.deliveries, house.intake.kept, house.intake.complaints) == ([], [], [])


@pytest.mark.parametrize("token", ["token-read", "token-ack", "token-ingest:grafana"])
async def test_a_token_for_something_else_may_not_send_alerts(house: House, token: str) -> None:
    says(await client(house, token).post(DOOR, body=FIRING), 403, "ingest:alertmanager")


async def test_five_strangers_in_five_minutes_raise_one_incident_so_that_a_rotated_token_cannot_silence_the_night(
    house: House,
) -> None:
    door = client(house, "rotated")
    for _ in range(4):
        await door.post(DOOR, body=FIRING)
    assert house.intake.complaints == []
    await door.post(DOOR, body=FIRING)
    for _ in range(20):
        await door.post(DOOR, body=FIRING)
    [(name, summary, labels)] = house.intake.complaints
    assert (name, labels) == ("IngestUnauthorized", {"integration": "alertmanager"})
    assert "rotated" not in summary
    house.database.at += 2 * MINUTE
    await door.post(DOOR, body=FIRING)
    assert house.intake.complaints[1] == house.intake.complaints[0], "while it lasts it is said again"


async def test_strangers_who_come_rarely_raise_nothing(house: House) -> None:
    door = client(house, "wrong")
    for _ in range(20):
        await door.post(DOOR, body=FIRING)
        house.database.at += 2 * MINUTE
    assert house.intake.complaints == []


async def test_bytes_that_are_no_webhook_are_kept_in_quarantine_and_answered_400(house: House) -> None:
    answer = await client(house).post(DOOR, body=b'{"alerts": [{"labels": {"a": NaN}}]}')
    says(answer, 400, "quarantine")
    [(source, body, reason)] = house.intake.kept
    assert (source, body) == ("alertmanager", b'{"alerts": [{"labels": {"a": NaN}}]}')
    assert reason in answer.json()["detail"]


async def test_a_body_at_the_limit_comes_in(house: House) -> None:
    body = FIRING + b" " * (MOST_BYTES - len(FIRING))
    assert (await client(house).post(DOOR, body=body)).status == 200


@pytest.mark.parametrize("announce", [True, False])
async def test_a_body_past_the_limit_is_refused_and_pages(house: House, announce: bool) -> None:
    piece = b"x" * (MOST_BYTES // 4)
    answer = await client(house).post(DOOR, body=[piece] * 4 + [b"x"], announce=announce)
    says(answer, 413, "max_alerts")
    [(name, _, labels)] = house.intake.complaints
    assert (name, labels) == ("IngestTooLarge", {"integration": "alertmanager"})
    assert house.intake.deliveries == []


async def test_an_endless_body_is_not_read_to_its_end(house: House) -> None:
    answer = await client(house).post(DOOR, body=[b"x" * MOST_BYTES] * 1000, announce=False)
    says(answer, 413)
    assert answer.headers["connection"] == "close"


async def test_an_unreachable_database_is_503_with_the_time_to_come_back(house: House) -> None:
    house.intake.down = True
    for body in (FIRING, b"garbage"):
        answer = await client(house).post(DOOR, body=body)
        says(answer, 503)
        assert answer.headers["retry-after"] == "5"
    too_large = await client(house).post(DOOR, body=b"x" * (MOST_BYTES + 1))
    says(too_large, 413)


async def test_a_compressed_body_is_refused(house: House) -> None:
    says(await client(house).post(DOOR, body=FIRING, headers={"content-encoding": "gzip"}), 415, "uncompressed")
    assert (await client(house).post(DOOR, body=FIRING, headers={"content-encoding": "identity"})).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_only_post_brings_alerts(house: House, method: str) -> None:
    answer = await client(house).request(method, DOOR)
    says(answer, 405, "POST")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("target", ["/integrations/", "/integrations/unknown", f"{DOOR}/token-ingest/more"])
async def test_an_unknown_integration_says_which_there_are(house: House, target: str) -> None:
    says(await client(house).post(target, body=FIRING), 404, "alertmanager")


async def test_no_answer_of_this_door_is_a_redirect_or_one_that_senders_do_not_retry(house: House) -> None:
    seen = set()
    for target in (DOOR, f"{DOOR}/", f"{DOOR}//", "/integrations/", f"{DOOR}/x/y", f"{DOOR}?token=%ff"):
        for body in (FIRING, b"", b"x" * (MOST_BYTES + 1)):
            for token in (None, "token-ingest", "wrong"):
                seen.add((await client(house, token).post(target, body=body)).status)
    assert not seen & {301, 302, 303, 307, 308, 408, 409, 429}
    assert seen == {200, 400, 401, 404, 413}


async def test_tokens_never_reach_the_log(house: House) -> None:
    with capture_logs() as lines:
        for token in ("c4nary", "token-ingest"):
            await client(house, token).post(f"{DOOR}/{token}?token={token}", body=b"garbage")
    assert len(lines) == 2
    assert "c4nary" not in str(lines)
    assert "token-ingest" not in str(lines)


async def test_running_open_lets_every_sender_of_this_machine_in_but_no_web_page(
    new_house: Callable[..., House],
) -> None:
    house = new_house(open_mode=True)
    assert (await client(house, None).post(DOOR, body=FIRING)).status == 200
    says(await client(house, None, host="rebound.example:8080").post(DOOR, body=FIRING), 403, "localhost")
    foreign = {"origin": "https://evil.example"}
    says(await client(house, None).post(DOOR, body=FIRING, headers=foreign), 403, "another site")
    assert len(house.intake.deliveries) == 1


async def test_a_sender_that_hangs_up_leaves_nothing(house: House) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    scope = {
        "path": DOOR,
        "method": "POST",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer token-ingest")],
    }
    await IngestDoor(house.needs)(scope, receive, send)
    assert (sent, house.intake.deliveries, house.intake.kept) == ([], [], [])
