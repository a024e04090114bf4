"""`escalator fire`: a well-formed Alertmanager webhook with one alert, to try the way from alert to person."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from escalator.cli import options, output
from escalator.cli.client import Refused, Service, segment
from escalator.cli.options import Json, Token, Url

FNV_OFFSET, FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3
NEVER = "0001-01-01T00:00:00Z"
"""Alertmanager's `endsAt` of an alert that fires."""


def fire(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The alertname.")],
    label: options.Labels = None,
    summary: Annotated[str | None, typer.Option(help="The annotation `summary`.")] = None,
    to: Annotated[str | None, typer.Option(metavar="PERSON", help="Page this person instead of the policy's.")] = None,
    resolve: Annotated[bool, typer.Option("--resolve", help="Send the end of the alert instead.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Fire an alert as Alertmanager would; the same name and labels are the same alert.

    Without a label `severity` it counts as critical and pages at once.

    With --to it is a warning, so that it is handed over before its policy begins.

    Example: escalator fire DiskFull --label severity=critical --label service=ledger
    """
    labels = {"alertname": name} | ({"severity": "warning"} if to else {}) | options.pairs(label)
    if to and resolve:
        raise options.Usage("--to pages somebody, --resolve ends the alert: say one of them")
    alert = alert_of(labels, {"summary": summary or "fired by hand"}, resolve, datetime.now(UTC))
    service = options.service(url, token)
    answer = service.post("/integrations/alertmanager", webhook(alert))
    incident = _incident(service, alert["fingerprint"], name, bool(to))
    if to:
        incident = _hand_over(service, incident, to)
    _tell(answer, incident, as_json)


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
    raise Refused(
        "The alert was accepted, but opened no incident to hand over: is it silenced, or dropped by its route?"
    )


def _hand_over(service: Service, incident: dict[str, Any] | None, person: str) -> dict[str, Any]:
    number = segment(str((incident or {}).get("id")))
    body = {"to": [{"person": person}], "note": "escalator fire --to"}
    answer: dict[str, Any] = service.post(f"/api/v1/incidents/{number}/reassign", body)
    return answer


def _tell(answer: dict[str, Any], incident: dict[str, Any] | None, as_json: bool) -> None:
    if as_json:
        output.document({**answer, "incident": incident})
        return
    output.say(f"accepted: {answer.get('accepted')}")
    if incident:
        output.say(f"incident {incident.get('id')} is {incident.get('status')}: {incident.get('url')}")
