"""`escalator fire`: a well-formed Alertmanager webhook with one alert, to try the way from alert to person."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from escalator.cli import arrivals, options, output
from escalator.cli.client import Refused, Service, segment
from escalator.cli.options import Json, Token, Url

FNV_OFFSET, FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3
TEST = "escalator_test"
"""The label that names whom an alert tests."""
NEVER = "0001-01-01T00:00:00Z"
"""Alertmanager's `endsAt` of an alert that fires."""


def fire(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The alertname.")],
    label: options.Labels = None,
    summary: Annotated[str | None, typer.Option(help="The annotation `summary`.")] = None,
    to: Annotated[
        str | None, typer.Option(metavar="PERSON", help="A marked test: this person alone, by every contact at once.")
    ] = None,
    resolve: Annotated[bool, typer.Option("--resolve", help="Send the end of the alert instead.")] = False,
    wait: Annotated[float, typer.Option(min=0, max=3600, help="With --to: seconds to wait for what arrives.")] = 60,
    keep: Annotated[bool, typer.Option("--keep", help="With --to: leave the test open.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Fire an alert as Alertmanager would; the same name and labels are the same alert.

    Without a label `severity` it counts as critical and pages at once.

    With --to it is a test, which wakes nobody else and never escalates: shows what arrived and how we know, then ends
    the test. Exit code 0 when at least one message arrived.

    Example: escalator fire DiskFull --label severity=critical --label service=ledger
    """
    if to and resolve:
        raise options.Usage("--to pages somebody, --resolve ends the alert: say one of them")
    service = options.service(url, token)
    if to:
        return _test(
            service, {"alertname": name} | options.pairs(label) | test_labels(to), summary, wait, keep, as_json
        )
    labels = {"alertname": name} | options.pairs(label)
    alert = alert_of(labels, {"summary": summary or "fired by hand"}, resolve, datetime.now(UTC))
    answer = service.post("/integrations/alertmanager", webhook(alert))
    return _tell(answer, _incident(service, alert["fingerprint"], name, needed=False), as_json)


def test_labels(person: str) -> dict[str, str]:
    """What makes an alert a test of somebody's contacts."""
    return {"severity": "info", TEST: person}


def _test(
    service: Service, labels: dict[str, str], summary: str | None, wait: float, keep: bool, as_json: bool
) -> None:
    contacts = _contacts(service, labels[TEST])
    unused = arrivals.unused(contacts)
    if contacts and len(unused) == len(contacts):
        wait = 0
    _end_earlier(service, labels)
    words = {"summary": summary or f"A test of {labels[TEST]}'s contacts. Nothing is wrong."}
    alert = alert_of(labels, words, False, datetime.now(UTC))
    answer = service.post("/integrations/alertmanager", webhook(alert))
    try:
        incident = _incident(service, alert["fingerprint"], labels["alertname"], needed=True) or {}
        if not as_json:
            _tell(answer, incident, as_json)
        with arrivals.shown(as_json) as show:
            rows = arrivals.follow(service, str(incident.get("id")), wait, lambda rows: show(rows + unused))
    finally:
        if not keep:
            service.post("/integrations/alertmanager", webhook(alert_of(labels, words, True, datetime.now(UTC))))
    arrived = sum(row.get("state") in arrivals.ARRIVED for row in rows)
    if as_json:
        output.document({**answer, "incident": incident, "notifications": rows, "unused": unused, "arrived": arrived})
    else:
        output.say(_summary(arrived, len(rows), len(unused)))
    raise typer.Exit(0 if arrived else 1)


def _summary(arrived: int, sent: int, unused: int) -> str:
    if not sent:
        return "nothing was sent: no contact can be used"
    return f"{arrived} of {sent} arrived" + (f"; {unused} cannot be used" if unused else "")


def _contacts(service: Service, person: str) -> list[dict[str, Any]]:
    """Of somebody whom the policies know: an unknown name would be an alert like any other. Raises Refused."""
    found: list[dict[str, Any]] = service.get(f"/api/v1/people/{segment(person)}")["contacts"]
    return found


def _end_earlier(service: Service, labels: dict[str, str]) -> None:
    """A test that is still open would take this one for its own repetition, and send nothing."""
    ours = [f"{name}={labels[name]}" for name in ("alertname", TEST)]
    for item in service.get("/api/v1/alerts", match=ours, status="firing", limit=1000)["items"]:
        ended = alert_of(item["labels"], item.get("annotations") or {}, True, datetime.now(UTC))
        service.post("/integrations/alertmanager", webhook(ended))


def alert_of(labels: dict[str, str], annotations: dict[str, str], resolved: bool, now: datetime) -> dict[str, Any]:
    """One alert as it stands in a webhook."""
    moment = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "status": "resolved" if resolved else "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": moment,
        "endsAt": moment if resolved else NEVER,
        "generatorURL": "",
        "fingerprint": fingerprint(labels),
    }


def webhook(alert: dict[str, Any]) -> dict[str, Any]:
    """A version 4 webhook that carries the alert."""
    labels = alert["labels"]
    group = {"alertname": labels["alertname"]}
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{labels["alertname"]}"}}',
        "truncatedAlerts": 0,
        "status": alert["status"],
        "receiver": "escalator",
        "groupLabels": group,
        "commonLabels": labels,
        "commonAnnotations": alert["annotations"],
        "externalURL": "http://localhost/escalator-fire",
        "alerts": [alert],
    }


def fingerprint(labels: dict[str, str]) -> str:
    """Alertmanager's: FNV-1a, 64 bits, over the sorted labels, each name and value followed by 0xFF."""
    result = FNV_OFFSET
    for name in sorted(labels):
        for byte in name.encode() + b"\xff" + labels[name].encode() + b"\xff":
            result = (result ^ byte) * FNV_PRIME & 0xFFFF_FFFF_FFFF_FFFF
    return f"{result:016x}"


def _incident(service: Service, mark: str, name: str, needed: bool) -> dict[str, Any] | None:
    """The alert's incident; None where there is none, or where the token may not read and nobody needs to."""
    try:
        for _ in range(10):
            items = service.get("/api/v1/alerts", match=f"alertname={name}", status="firing", limit=1000)["items"]
            numbers = [item["incident"] for item in items if item["fingerprint"] == mark and item["incident"]]
            if numbers:
                incident: dict[str, Any] = service.get(f"/api/v1/incidents/{segment(str(numbers[0]))}")
                return incident
            if not needed:
                return None
            time.sleep(0.2)
    except Refused:
        if needed:
            raise
        return None
    raise Refused("The alert was accepted, but opened no incident: is it silenced, or dropped?")


def _tell(answer: dict[str, Any], incident: dict[str, Any] | None, as_json: bool) -> None:
    if as_json:
        output.document({**answer, "incident": incident})
        return
    output.say(f"accepted: {answer.get('accepted')}")
    if incident:
        output.say(f"incident {incident.get('id')} is {incident.get('status')}: {incident.get('url')}")
