"""Opsgenie's escalations: rules at a distance from the alert's beginning, repeated after an interval."""

from escalator.importers.fields import Field
from escalator.importers.ladder import Rung, levels, repeats
from escalator.importers.opsgenie.people import People
from escalator.importers.opsgenie.schedules import Schedules
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Said, Value

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
WAS = {"random": "one at random", "previous": "whoever was on call before"}
"""What stands beside a level whose `notifyType` has no exact like."""
Targets = list[tuple[str, str]]


class Escalations:
    """Policies by the id and by the name of what they were."""

    def __init__(self, sheet: Sheet, people: People, schedules: Schedules) -> None:
        self.sheet, self.people, self.schedules = sheet, people, schedules
        self.named: dict[tuple[str, str], str] = {}

    def first(self) -> str | None:
        return next(iter(self.named.values()), None)

    def policy(self, recipient: Field) -> str | None:
        """The policy of what a routing rule notifies."""
        kind = recipient["type"].text("escalation")
        for key in (recipient["id"].text(""), recipient["name"].text("")):
            if (kind, key) in self.named:
                return self.named[kind, key]
        return self._of_schedule(recipient) if kind == "schedule" else None

    def _of_schedule(self, recipient: Field) -> str | None:
        """A schedule that is notified without an escalation: one level, once."""
        key = recipient["id"].text("") or recipient["name"].text("")
        sides = self.schedules.sides.get(key)
        if not sides:
            return None
        rung = Rung(0, tuple(("schedule", side) for side in sides))
        self.named["schedule", key] = self._declare(f"schedule {sides[0]}", sides[0], [rung], 0, 0)
        return self.named["schedule", key]

    def read(self, escalation: Field) -> None:
        key, wanted = escalation["id"].text(), escalation["name"].text("")
        source = f"escalation {wanted or key}"
        rungs = [
            self._rung(f"{source}, rule {number}", rule) for number, rule in enumerate(escalation["rules"].items(), 1)
        ]
        repeat = escalation["repeat"]
        count, wait = repeat["count"].whole(0), repeat["waitInterval"].whole(0)
        end = max((rung.at for rung in rungs), default=0) + wait * 60
        name = self._declare(source, wanted, rungs, end, count if wait else 0)
        self.named["escalation", key] = self.named["escalation", wanted] = name
        if repeat["closeAlertAfterAll"].flag():
            self.sheet.report.lost(source, "it closes the alert after its last repeat: here it stays open")

    def _declare(self, source: str, wanted: str, rungs: list[Rung], end: int, count: int) -> str:
        name = self.sheet.name("policies", wanted)
        value: dict[str, Value] = {"levels": levels(self.sheet, source, rungs, end), "urgency": "high"}
        self.sheet.put("policies", name, value | {"repeat": repeats(count), "ack_timeout": Said("1h", "was: never")})
        self.sheet.report.carried(source, f"policy `{name}`, {len(rungs)} levels, {count} repeats")
        self.sheet.report.changed(
            source, "an acknowledgement lapses after 1h while the alert fires; there it never did"
        )
        self.sheet.report.changed(
            source, "after its last repeat an incident goes to `catch_all`; Opsgenie falls silent"
        )
        return name

    def _rung(self, source: str, rule: Field) -> Rung:
        delay = rule["delay"]
        unit = delay["timeUnit"].text("minutes")
        if unit not in SECONDS:
            delay["timeUnit"].wrong(f"`{unit}` is not one of {', '.join(SECONDS)}")
        at = delay["timeAmount"].whole(0, most=10**6) * SECONDS[unit]
        if rule["condition"].text("if-not-acked") == "if-not-closed":
            self.sheet.report.changed(
                source, "it notifies although somebody acknowledged; here an acknowledgement stops it"
            )
        recipient, notify = rule["recipient"], rule["notifyType"].text("default")
        found = self._targets(source, recipient, notify)
        if not found:
            what = recipient["name"].text("") or recipient["username"].text("") or recipient["id"].text("")
            self.sheet.report.lost(source, f"its recipient `{what}` is not in the export, or has nobody in it")
        if notify == "random":
            self.sheet.report.changed(source, "one of them at random there; here they take turns")
        return Rung(at, tuple(found), turns=notify == "random", was=WAS.get(notify, ""))

    def _targets(self, source: str, recipient: Field, notify: str) -> Targets:
        kind = recipient["type"].text("user")
        if kind == "user":
            person = self.people.named(recipient)
            return [("person", person)] if person else []
        if kind == "team":
            return self._team(source, recipient, notify)
        return self._schedule(source, recipient, notify) if kind == "schedule" else []

    def _team(self, source: str, team: Field, notify: str) -> Targets:
        if notify in ("default", "next", "previous"):
            self.sheet.report.changed(source, "a team is notified as all its members; there as its routing rules say")
        own = self.sheet.known("teams", team["id"].text(""))
        if notify in ("users", "admins", "random") or own is None:
            return [("person", person) for person in self.people.team(team, notify)]
        return [("team", own)]

    def _schedule(self, source: str, schedule: Field, notify: str) -> Targets:
        key = schedule["id"].text("") or schedule["name"].text("")
        if notify in ("all", "random", "users", "admins"):
            return [("person", person) for person in self.schedules.people.get(key, [])]
        if notify == "next":
            why = (
                "the next in the rotation who was not paged in this pass, and with nobody left the level is skipped; "
                "there the one whose turn comes next"
            )
            self.sheet.report.changed(source, why)
        elif notify == "previous":
            self.sheet.report.changed(source, "whoever served before has no like here: who is on call is notified")
        sides = self.schedules.sides.get(key, [])
        # One side names the people of all: another would ask for one more.
        return [("next_on_call", side) for side in sides[:1]] if notify == "next" else [("schedule", s) for s in sides]
