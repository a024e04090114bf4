"""People of a source: names that can be typed, contacts without what is private, notification rules."""

from typing import NamedTuple

from escalator.importers.ladder import span
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Value
from escalator.language.shapes.patterns import MAIL, SLACK

PHONES = ("sms", "call")
LONGEST_RULE = 400 * 24 * 3600


class Step(NamedTuple):
    """One step of a person's rules: by which way, how many seconds after the page."""

    via: str
    after: int


class Someone:
    """A person while their contacts are read."""

    def __init__(self, sheet: Sheet, source: str, key: str, login: str, spoken: str) -> None:
        self.sheet, self.source = sheet, source
        self.name = sheet.name("people", login.partition("@")[0].lower() or spoken, key)
        self.spoken = spoken or self.name
        self.contacts: dict[str, Value] = {}
        self._secrets: dict[str, str] = {}

    def reach(self, via: str, address: str) -> None:
        """One more way to reach them. Addresses that are not public are named, not written."""
        if via in self.contacts:
            if self.contacts[via] not in (address, "browser", self._secrets.get(address)):
                self.sheet.report.lost(self.source, f"a second {via} contact: a person has one of each kind here")
            return
        self.contacts[via] = self._address(via, address)

    def _address(self, via: str, address: str) -> str:
        if via == "push":
            return "browser"
        if (via == "email" and MAIL.fullmatch(address)) or (via == "slack" and SLACK.fullmatch(address)):
            return address
        if address not in self._secrets:
            kind = "phone" if via in PHONES else via
            self._secrets[address] = self.sheet.secret(f"{kind} of {self.spoken}", self.name, kind)
        return self._secrets[address]

    def settle(self, timezone: str | None = None, **rules: list[Step]) -> None:
        """Declares the person; `high` and `low` are their rules, where the source has any."""
        if not self.contacts:
            self.contacts["push"] = "browser"
            self.sheet.report.changed(self.source, "no contact is in the export: browser push stands instead")
        value: dict[str, Value] = {"contacts": self.contacts}
        if timezone:
            value["timezone"] = timezone
        own = {urgency: found for urgency, steps in rules.items() if (found := self._rule(steps))}
        if own:
            value["notification_rules"] = own
        self.sheet.put("people", self.name, value)
        self.sheet.report.carried(self.source, f"person `{self.name}`, by {', '.join(self.contacts)}")

    def _rule(self, steps: list[Step]) -> Value:
        """Each way once, at the first time that it is used: here a message is retried until it is sent."""
        first: dict[str, int] = {}
        for via, after in sorted(steps, key=lambda step: step.after):
            if via in first:
                self.sheet.report.changed(self.source, f"{via} again after {span(after)}: each way is used once")
            elif via in self.contacts:
                first[via] = min(after, LONGEST_RULE)
        return [{"via": via, "after": span(after)} if after else {"via": via} for via, after in first.items()]
