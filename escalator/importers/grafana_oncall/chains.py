"""Grafana OnCall's escalation chains: steps one after another, with waits between them.

A chain becomes one policy for each Slack channel that routes to it post in, since there OnCall writes first of all.
"""

from collections.abc import Callable

from escalator.importers import shifts
from escalator.importers.channels import channel
from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.ladder import Rung, levels, span
from escalator.importers.sheet import Sheet
from escalator.importers.weeks import DAY, daily, merged
from escalator.importers.writing import Said, Value

REPEATS = 5
"""How often `repeat_escalation` begins anew, at the most."""
NO_LIKE = {
    "resolve": "it resolves the incident: here it stays open until its alerts end",
    "declare_incident": "it declares an incident in Grafana",
    "notify_user_group": "it notifies a Slack user group: who is in that is not in the export; name a team",
}
ANY_TYPE = "a step of type"
Targets = list[tuple[str, str]]


class Chains:
    """Chains by id; each becomes a policy once a route, or nobody, wants it."""

    def __init__(
        self, sheet: Sheet, export: Export, sides: dict[str, list[str]], steps: dict[str, list[Field]], important: bool
    ) -> None:
        self.sheet, self.sides, self.important = sheet, sides, important
        self.names = {chain["id"].text(): chain["name"].text("") for chain in export.fields("escalation_chains")}
        self.steps = {
            key: sorted(own, key=lambda step: step["position"].whole(0, least=-1)) for key, own in steps.items()
        }
        self.hooks = {hook["id"].text(): hook["name"].text("") for hook in export.fields("webhooks")}
        self.rooms = {each["slack_id"].text(""): each["name"].text("") for each in export.fields("slack_channels")}
        self.policies: dict[tuple[str, str], str] = {}

    def rest(self) -> None:
        """Chains to which no route leads: somebody wrote them, so they are kept."""
        used = {key for key, _room in self.policies}
        for key in self.names:
            if key not in used:
                self.policy(key, "")
                self.sheet.report.changed(f"chain {self.names[key] or key}", "no route leads to it")

    def policy(self, key: str, room: str) -> str | None:
        """The policy of a chain whose routes post in a Slack channel; of no chain, the channel alone."""
        if (key, room) not in self.policies:
            if key and key not in self.names:
                self.sheet.report.lost(f"chain {key}", "it is not in the export")
            if not room and key not in self.names:
                return None
            self.policies[key, room] = self._declare(key if key in self.names else "", room)
        return self.policies[key, room]

    def room(self, room: str) -> str:
        """The name of a Slack channel."""
        return channel(self.sheet, "slack", room, self.rooms.get(room) or f"slack {room}", f"Slack channel {room}")

    def _declare(self, key: str, room: str) -> str:
        wanted = self.names.get(key, "") or key or self.room(room)
        source = f"chain {wanted}" if key else f"Slack channel {room}"
        first = any(known == key for known, _room in self.policies)
        name = self.sheet.name("policies", f"{wanted} {self.room(room)}" if first and room else wanted)
        walk = Walk(self, source, room)
        for step in self.steps.get(key, []):
            if not walk.take(step):
                break
        value: dict[str, Value] = {"levels": levels(self.sheet, source, walk.rungs, walk.at)}
        value |= {
            "urgency": walk.urgency() if key else "low",
            "repeat": walk.repeat,
            "ack_timeout": Said("1h", "was: never"),
        }
        if walk.hold:
            value["hold_until"] = walk.hold
        self.sheet.put("policies", name, value)
        self._told(source, name, value)
        return name

    def _told(self, source: str, name: str, value: dict[str, Value]) -> None:
        report = self.sheet.report
        count = len(value["levels"]) if isinstance(value["levels"], list) else 0
        report.carried(source, f"policy `{name}`, {count} levels, {value['urgency']} urgency")
        report.changed(source, "an acknowledgement lapses after 1h while the alert fires; there it never did")
        if value["urgency"] == "high":
            report.changed(source, "at its end an incident goes to `catch_all`; OnCall falls silent")


class Walk:
    """One walk down a chain: what was passed so far."""

    def __init__(self, chains: Chains, source: str, room: str) -> None:
        self.chains, self.source, self.room = chains, source, room
        self.sheet = chains.sheet
        self.at = 0
        self.repeat = 0
        self.hold = ""
        self.rungs = [Rung(0, (("channel", chains.room(room)),))] if room else []
        self.importance: set[bool] = set()

    def take(self, step: Field) -> bool:
        """Passes one step; False where the chain ends with it."""
        kind = step["type"].text("")
        if kind == "wait":
            self.at += step["duration"].whole(0)
        elif kind == "repeat_escalation":
            self.repeat = REPEATS
            return False
        elif kind == "notify_if_time_from_to":
            self._hold(step)
        elif kind == "notify_if_num_alerts_in_window":
            self._changed("it goes on only when many alerts came in a short time; here it goes on at once")
        elif kind in NOTIFY:
            self._notify(kind, step)
        else:
            self._lost(NO_LIKE.get(kind, f"{ANY_TYPE} `{kind}`"))
            return kind != "resolve"
        return True

    def urgency(self) -> str:
        """High urgency uses the important rules, wherever any chain does; low urgency the default ones."""
        if self.importance == {True, False}:
            self._changed("some of its steps use default rules: here all of them use the important ones")
        return "low" if self.chains.important and self.importance == {False} else "high"

    def _notify(self, kind: str, step: Field) -> None:
        found = NOTIFY[kind](self, step)
        if not found:
            self._lost(f"a step `{kind}`: whom it notifies is not in the export")
        elif any(target != "channel" for target, _name in found):
            self.importance.add(step["important"].flag())
        self.rungs.append(Rung(self.at, tuple(found), turns=kind == "notify_person_next_each_time"))

    def _hold(self, step: Field) -> None:
        """Hours in UTC before which the chain does not go on: as its first step that is `hold_until`."""
        start, end = step["notify_if_time_from"].clock(), step["notify_if_time_to"].clock()
        if self.at or self.hold or len(self.rungs) > bool(self.room):
            told = f"{step['notify_if_time_from'].text()} to {step['notify_if_time_to'].text()}"
            self._changed(f"after {span(self.at)} it waits for the hours {told}; here it does not wait")
            return
        windows = merged(daily(start, (end - start - 1) % DAY + 1))
        names = [name for name in shifts.hours(self.sheet, "UTC", windows) if name]
        self.hold = names[0] if names else ""
        if self.room:
            self._changed("the Slack channel is told at once there, and here when the hours open")

    def _changed(self, why: str) -> None:
        self.sheet.report.changed(self.source, why)

    def _lost(self, why: str) -> None:
        self.sheet.report.lost(self.source, why)

    # What each kind of step notifies

    def persons(self, step: Field) -> Targets:
        keys = [*step["persons_to_notify"].texts(), *step["persons_to_notify_next_each_time"].texts()]
        return [("person", name) for key in keys if (name := self.sheet.known("people", key))]

    def on_call(self, step: Field) -> Targets:
        return [("schedule", name) for name in self.chains.sides.get(step["notify_on_call_from_schedule"].text(""), [])]

    def team(self, step: Field) -> Targets:
        name = self.sheet.known("teams", step["team_to_notify"].text(""))
        return [("team", name)] if name else []

    def whole_channel(self, _step: Field) -> Targets:
        if self.room:
            self._changed("the Slack channel is told without `@channel`")
        return [("channel", self.chains.room(self.room))] if self.room else []

    def webhook(self, step: Field) -> Targets:
        key = step["action_to_trigger"].text("")
        name = self.chains.hooks.get(key) or f"webhook {key}"
        self._changed(f"the webhook `{name}` is called in another form: see docs/channels/webhook.md")
        return [("channel", channel(self.sheet, "webhook", key or "webhook", name, f"URL of the webhook {name}"))]


NOTIFY: dict[str, Callable[[Walk, Field], Targets]] = {
    "notify_persons": Walk.persons,
    "notify_person_next_each_time": Walk.persons,
    "notify_on_call_from_schedule": Walk.on_call,
    "notify_team_members": Walk.team,
    "notify_whole_channel": Walk.whole_channel,
    "trigger_webhook": Walk.webhook,
}
