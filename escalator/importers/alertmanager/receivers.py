"""Alertmanager's receivers as channels, and as policies of one level that tells them.

It tells a receiver again each `repeat_interval` while alerts fire: here the one level is walked again after that long.
"""

import re

from escalator.importers.channels import channel
from escalator.importers.documents import yes
from escalator.importers.fields import Field
from escalator.importers.ladder import span
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Value
from escalator.language.shapes.patterns import SLACK

APPRISE = (
    "discord", "telegram", "msteams", "msteamsv2", "pushover", "sns", "webex", "victorops", "wechat", "rocketchat",
    "opsgenie", "mattermost", "jira",
)  # fmt: skip
"""Services that a channel reaches through apprise."""
ADDRESS = {"webhook": "url", "pagerduty": "routing_key"}


class Receivers:
    """Receivers by name."""

    def __init__(self, sheet: Sheet, given: list[Field]) -> None:
        self.sheet = sheet
        self.given = {receiver["name"].text(): receiver for receiver in given}
        self.channels: dict[str, list[str]] = {}

    def of(self, name: str) -> list[str]:
        """The channels of a receiver."""
        if name not in self.channels:
            self.channels[name] = self._read(name)
        return self.channels[name]

    def unused(self) -> None:
        """Receivers that no route leads to."""
        for name in self.given:
            if name not in self.channels:
                self.sheet.report.lost(f"receiver {name}", "no route leads to it")

    def policy(self, names: tuple[str, ...], repeat: int) -> str | None:
        """The policy that tells these receivers; None where they tell nobody."""
        told = list(dict.fromkeys(each for name in names for each in self.of(name)))
        if not told:
            return None
        key = f"{' '.join(told)} {repeat}"
        known = self.sheet.known("policies", key)
        if known is not None:
            return known
        own = self.sheet.name("policies", " ".join(names), key)
        notify: list[Value] = [{"channel": each} for each in told]
        levels: list[Value] = [{"notify": notify, "escalate_after": span(repeat)}]
        self.sheet.put("policies", own, {"levels": levels, "urgency": "low", "repeat": "until_acked"})
        self.sheet.report.carried(
            f"receiver {', '.join(names)}", f"policy `{own}`, again each {span(repeat)} until acknowledged"
        )
        return own

    def _read(self, name: str) -> list[str]:
        if name not in self.given:
            self.sheet.report.lost(f"receiver {name}", "there is none of this name")
            return []
        receiver, source = self.given[name], f"receiver {name}"
        assert isinstance(receiver.raw, dict)
        found: list[str] = []
        for key in receiver.raw:
            kind = str(key).removesuffix("_configs")
            if kind == key:
                continue
            for number, config in enumerate(receiver[key].items()):
                found += self._one(source, kind, config, f"{name} {kind}" + (f" {number + 1}" if number else ""))
        return found

    def _one(self, source: str, kind: str, config: Field, wanted: str) -> list[str]:
        if config["send_resolved"].given and not yes(config["send_resolved"]):
            self.sheet.report.changed(source, f"{kind}: the end of an incident is told too")
        if kind == "slack":
            return [self._slack(source, config, wanted)]
        if kind == "email":
            addresses = [each.strip() for each in re.split(r"[,;]", config["to"].text("")) if each.strip()]
            return [
                channel(self.sheet, "email", each, each.partition("@")[0], f"e-mail of {source}") for each in addresses
            ]
        if kind in ADDRESS:
            address = config[ADDRESS[kind]].text("") or config["service_key"].text("") or wanted
            what = f"the {'routing key' if kind == 'pagerduty' else 'URL'} of {source}"
            return [channel(self.sheet, kind, address, wanted, what)]
        if kind in APPRISE:
            self.sheet.report.changed(
                source, f"{kind} goes by apprise: set the secret to its URL, docs/channels/apprise.md"
            )
            return [channel(self.sheet, "apprise", wanted, wanted, f"apprise URL of {source} for {kind}")]
        self.sheet.report.lost(source, f"{kind} has no channel here")
        return []

    def _slack(self, source: str, config: Field, wanted: str) -> str:
        room = config["channel"].text("")
        if not room or "{{" in room or room.startswith("@"):
            self.sheet.report.changed(source, f"Slack by an incoming webhook: its channel is `{room or 'not said'}`")
            return channel(self.sheet, "slack", wanted, wanted, f"incoming webhook URL of {source}")
        self.sheet.report.changed(source, f"Slack `{room}` is told by the app's bot, not by an incoming webhook")
        place = room if SLACK.fullmatch(room) else f"#{room}"
        return channel(self.sheet, "slack", place, room, f"incoming webhook URL of {source}")
