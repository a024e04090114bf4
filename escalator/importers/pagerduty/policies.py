"""PagerDuty's escalation policies and services: levels, and which alerts come to them at which urgency.

A service says how urgent its incidents are, so that one escalation policy may become two: of high urgency it climbs, of
low urgency PagerDuty notifies the first rule and climbs no further.
"""

from typing import NamedTuple

from escalator.importers.fields import Field
from escalator.importers.ladder import Rung, levels, repeats, span
from escalator.importers.matches import equal
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Said, Value, flow

LOW = "low urgency"
LEAST_ACK = 60


class Ladder(NamedTuple):
    """One escalation policy as it was read."""

    source: str
    key: str
    wanted: str
    rungs: tuple[Rung, ...]
    end: int
    loops: int


class Ladders:
    """Escalation policies by id; each becomes a policy once a service, or nobody, wants it."""

    def __init__(self, sheet: Sheet, sides: dict[str, list[str]]) -> None:
        self.sheet, self.sides = sheet, sides
        self.known: dict[str, Ladder] = {}
        self.named: dict[tuple[str, str], str] = {}
        self.services: dict[str, str] = {}
        """Names by id, of services to which a route leads or led."""

    # Escalation policies

    def read(self, policy: Field) -> None:
        key, name = policy["id"].text(), policy["name"].text("")
        source = f"escalation policy {name or key}"
        rungs, at = [], 0
        for number, rule in enumerate(policy["escalation_rules"].items(), 1):
            rungs.append(self._rung(f"{source}, rule {number}", rule, at))
            at += rule["escalation_delay_in_minutes"].whole(30, least=0) * 60
        if policy["on_call_handoff_notifications"].text("") in ("if_has_services", "always"):
            self.sheet.report.lost("escalation policies", "people are not told here when their turn begins")
        self.known[key] = Ladder(source, key, name, tuple(rungs), at, policy["num_loops"].whole(0))

    def _rung(self, source: str, rule: Field, at: int) -> Rung:
        found: list[tuple[str, str]] = []
        for target in rule["targets"].items():
            kind, key = target["type"].text("").removesuffix("_reference"), target["id"].text()
            names = [self.sheet.known("people", key)] if kind == "user" else self.sides.get(key, [])
            found += [("person" if kind == "user" else "schedule", name) for name in names if name is not None]
            if not any(names):
                self.sheet.report.lost(
                    source, f"its target {kind} `{target['summary'].text(key)}` is not in the export"
                )
        strategy = rule["escalation_rule_assignment_strategy"]["type"].text("assign_to_everyone")
        if strategy == "round_robin" and any(kind == "schedule" for kind, _ in found):
            self.sheet.report.changed(
                source, "round robin takes turns among those who are on call, not among schedules"
            )
        return Rung(at, tuple(found), turns=strategy == "round_robin")

    def _declare(self, ladder: Ladder, wanted: str, rungs: tuple[Rung, ...], end: int) -> str:
        name = self.sheet.name("policies", wanted, ladder.key)
        value: dict[str, Value] = {"levels": levels(self.sheet, ladder.source, rungs, end), "urgency": "high"}
        value["repeat"] = repeats(ladder.loops)
        self.sheet.put("policies", name, value)
        self.sheet.report.carried(ladder.source, f"policy `{name}`, {len(rungs)} levels, {ladder.loops} repeats")
        why = "after its last repeat an incident goes to `catch_all`; PagerDuty falls silent"
        self.sheet.report.changed(ladder.source, why)
        return name

    def rest(self) -> None:
        """Escalation policies that no service uses: somebody wrote them, so they are kept."""
        used = {key for key, _urgency in self.named}
        for key, ladder in self.known.items():
            if key not in used:
                self._high(ladder)
                self.sheet.report.changed(ladder.source, "no service uses it")

    def first(self) -> str | None:
        return next(iter(self.named.values()), None)

    def _high(self, ladder: Ladder) -> str:
        if (ladder.key, "high") not in self.named:
            self.named[ladder.key, "high"] = self._declare(ladder, ladder.wanted, ladder.rungs, ladder.end)
        return self.named[ladder.key, "high"]

    def _low(self, ladder: Ladder) -> str:
        """The policy for incidents of low urgency: the first rule, and nobody else."""
        if (ladder.key, "low") not in self.named:
            rungs, end = ladder.rungs[:1], ladder.rungs[1].at if ladder.rungs[1:] else ladder.end
            name = self._declare(ladder, f"{ladder.wanted} {LOW}", rungs, end)
            policy = self.sheet.sections["policies"][name]
            assert isinstance(policy, dict)
            policy |= {"urgency": "low", "repeat": 0}
            self.named[ladder.key, "low"] = name
        return self.named[ladder.key, "low"]

    # Services

    def service(self, service: Field) -> str | None:
        """A route to a service's policy; the policy's name, of two the one for what is urgent."""
        name = service["name"].text()
        source = f"service {name}"
        ladder = self.known.get(service["escalation_policy"]["id"].text(""))
        if ladder is None or name in self.services.values():
            why = "its escalation policy is not in the export" if ladder is None else "there are two of this name"
            self.sheet.report.lost(source, why)
            return None
        self.services[service["id"].text("")] = name
        self._unknown(source, service)
        if service["status"].text("active") == "disabled":
            self.sheet.report.lost(source, "it is disabled: no route; its alerts go to `catch_all`")
            return None
        return self._route(source, name, service, ladder)

    def _route(self, source: str, name: str, service: Field, ladder: Ladder) -> str:
        rule = service["incident_urgency_rule"]
        kind, urgency = rule["type"].text("constant"), rule["urgency"].text("high")
        if kind == "use_support_hours":
            self.sheet.report.changed(source, "its urgency depends on support hours; here it is always high")
            urgency = "high"
        if urgency == "severity_based":
            high, low = self._high(ladder), self._low(ladder)
            policy: Value = {"critical": high, "error": high, "default": low}
        else:
            policy = high = self._low(ladder) if urgency == "low" else self._high(ladder)
        self.sheet.routes.append({"match": {"service": equal(name)}, "policy": policy})
        self.sheet.report.carried(source, f"route to `{high}`")
        for used in {str(each) for each in (policy.values() if isinstance(policy, dict) else [policy])}:
            self._lapse(source, used, service["acknowledgement_timeout"])
        return high

    def _lapse(self, source: str, name: str, timeout: Field) -> None:
        """`ack_timeout` of a policy: what its services say; of different ones the first that says any."""
        policy = self.sheet.sections["policies"][name]
        assert isinstance(policy, dict)
        seconds = timeout.whole(0)
        own: Value = span(max(seconds, LEAST_ACK)) if seconds else Said("1h", "was: never")
        earlier = policy.get("ack_timeout")
        if earlier is None or (isinstance(earlier, Said) and seconds):
            policy["ack_timeout"] = own
        stands = policy["ack_timeout"]
        if stands != own:
            was = "never" if not seconds else span(seconds)
            why = (
                f"an acknowledgement lapses after {flow(stands)}, as of another service of `{name}`; here it was {was}"
            )
            self.sheet.report.changed(source, why)
        elif not seconds:
            self.sheet.report.changed(
                source, "an acknowledgement lapses after 1h while the alert fires; there it never did"
            )

    def _unknown(self, source: str, service: Field) -> None:
        """What a service says and a route does not."""
        if service["auto_resolve_timeout"].given:
            after = span(service["auto_resolve_timeout"].whole())
            why = f"auto-resolve after {after}: here an incident ends with its alerts"
            self.sheet.report.lost(source, why)
        grouping = service["alert_grouping_parameters"]["type"].text("") or service["alert_grouping"].text("")
        if grouping:
            self.sheet.report.lost(
                source, f"alert grouping `{grouping}`: alerts of one `alertname` are one incident here"
            )
        if service["scheduled_actions"].items():
            self.sheet.report.lost(source, "scheduled actions that raise the urgency")
