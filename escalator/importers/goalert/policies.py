"""GoAlert's escalation policies and services. A step's delay is waited for after it; the whole is walked `repeat` times
more, -1 meaning for ever.
"""

from collections.abc import Mapping

from escalator.importers import shifts
from escalator.importers.channels import channel
from escalator.importers.fields import Field
from escalator.importers.goalert.schedules import Rotation
from escalator.importers.ladder import Rung, levels, repeats
from escalator.importers.matches import equal
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Said

DESTINATIONS = {
    "builtin-user": ("user", "user_id"), "builtin-schedule": ("schedule", "schedule_id"),
    "builtin-rotation": ("rotation", "rotation_id"), "builtin-slack-channel": ("slackChannel", "slack_channel_id"),
    "builtin-webhook": ("chanWebhook", "webhook_url"),
}  # fmt: skip
"""Newer servers name a step's targets so: the older word, and the argument that holds the id."""


class Steps:
    """Turns escalation policies into policies."""

    def __init__(self, sheet: Sheet, sides: Mapping[str, list[str]], rotations: Mapping[str, Rotation]) -> None:
        self.sheet, self.rotations = sheet, rotations
        self.sides = dict(sides)

    def policy(self, given: Field) -> str:
        """Declares one escalation policy; its name."""
        wanted = given["name"].text("") or given["id"].text()
        source = f"escalation policy {wanted}"
        rungs, at = [], 0
        steps = sorted(given["steps"].items(), key=lambda step: step["stepNumber"].whole(0))
        for number, step in enumerate(steps, 1):
            rungs.append(Rung(at, tuple(self._targets(f"{source}, step {number}", step))))
            at += step["delayMinutes"].whole(15, least=0) * 60
        repeat = given["repeat"].whole(0, least=-1)
        name = self.sheet.name("policies", wanted)
        self.sheet.put("policies", name, {
            "levels": levels(self.sheet, source, rungs, at),
            "urgency": "high",
            "repeat": repeats(None if repeat < 0 else repeat),
            "ack_timeout": Said("1h", "was: never"),
        })  # fmt: skip
        self.sheet.report.carried(source, f"policy `{name}`, {len(rungs)} levels")
        self.sheet.report.changed(
            source, "an acknowledgement lapses after 1h while the alert fires; there it never did"
        )
        if repeat >= 0:
            self.sheet.report.changed(
                source, "after its last repeat an incident goes to `catch_all`; GoAlert falls silent"
            )
        return name

    def _targets(self, source: str, step: Field) -> list[tuple[str, str]]:
        found = []
        for given in [*step["targets"].items(), *step["actions"].items()]:
            kind, key, name = _named(given)
            pairs = self._one(source, kind, key, name)
            if not pairs:
                self.sheet.report.lost(source, f"its target {kind} `{name or key}` has no like here")
            found += pairs
        return found

    def _one(self, source: str, kind: str, key: str, name: str) -> list[tuple[str, str]]:
        if kind == "user":
            person = self.sheet.known("people", key)
            return [("person", person)] if person else []
        if kind == "schedule":
            return [("schedule", each) for each in self.sides.get(key, [])]
        if kind == "rotation":
            return [("schedule", each) for each in self._rotation(key)]
        if kind in ("slackChannel", "chanWebhook"):
            via = "slack" if kind == "slackChannel" else "webhook"
            place = name if via == "slack" and name.startswith("#") else key
            if via == "webhook":
                self.sheet.report.changed(
                    source, "the webhook's request has another form: see docs/channels/webhook.md"
                )
            return [("channel", channel(self.sheet, via, place, name if via == "slack" else via, f"{via} of {source}"))]
        return []

    def _rotation(self, key: str) -> list[str]:
        """A rotation that a step names itself is a schedule of that alone."""
        if key not in self.sides and key in self.rotations:
            name, shift = self.rotations[key]
            self.sides[key] = shifts.schedule(self.sheet, key, name, shift.timezone, [shift]) if shift else []
        return self.sides.get(key, [])


def _named(given: Field) -> tuple[str, str, str]:
    """Kind, id and name of a step's target."""
    kind = given["type"].text("")
    if kind in DESTINATIONS:
        word, argument = DESTINATIONS[kind]
        return word, given["args"][argument].text(""), given["displayInfo"]["text"].text("")
    return kind, given["id"].text(), given["name"].text("")


def service(sheet: Sheet, given: Field, policies: Mapping[str, str]) -> str | None:
    """A route to the service's policy; the policy's name."""
    name = given["name"].text()
    source = f"service {name}"
    key = given["escalationPolicyID"] if given["escalationPolicyID"].given else given["escalationPolicy"]["id"]
    policy = policies.get(key.text(""))
    if policy is None or sheet.known("routes", name):
        sheet.report.lost(source, "its policy is not in the export" if policy is None else "there are two of this name")
        return None
    sheet.name("routes", name, name)
    sheet.routes.append({"match": {"service": equal(name)}, "policy": policy})
    sheet.report.carried(source, f"route to `{policy}`")
    for monitor in given["heartbeatMonitors"].items():
        why = "a monitor is asked for by URL there; here `heartbeats` names the alert that must keep coming"
        sheet.report.lost(f"{source}, heartbeat {monitor['name'].text('')}".rstrip(), why)
    if given["maintenanceExpiresAt"].text(""):
        sheet.report.lost(source, "its maintenance mode: write a silence")
    return policy
