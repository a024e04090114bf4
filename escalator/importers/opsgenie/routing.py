"""Opsgenie's routing rules: which of a team's alerts go to which escalation, some at some hours only.

A rule for some hours becomes a policy with guards: within the hours the rule's levels, outside them the default rule's.
"""

import re2

from escalator.core.alert import Matcher
from escalator.importers import shifts
from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.opsgenie.escalations import Escalations
from escalator.importers.opsgenie.people import People, singles
from escalator.importers.opsgenie.schedules import restriction
from escalator.importers.routes import Routes
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Value

PRIORITIES = {"P1": "critical", "P2": "error", "P3": "warning", "P4": "info", "P5": "info"}
PATTERNS = {"contains": ".*{}.*", "starts-with": "{}.*", "ends-with": ".*{}"}
LABEL = "team"


def routing(sheet: Sheet, export: Export, people: People, escalations: Escalations) -> str | None:
    """Writes the routes of every team; the policy of the first team's default rule."""
    rules: dict[str, list[Field]] = {}
    for row in export.rows("routing_rules"):
        rules.setdefault(row.owner, []).append(row.field)
    lines, catch_all = Routes(sheet), None
    for team in singles(export.fields("teams")):
        key, name = team["id"].text(), team["name"].text("")
        own = [*rules.pop(key, []), *rules.pop(name, []), *team["routingRules"].items()]
        if own:
            last = Branch(sheet, lines, escalations, name or key).read(own)
            catch_all = catch_all or last
    for owner in rules:
        sheet.report.lost(f"routing rules of {owner or 'a team'}", "the file's name is no team of the export")
    if lines.earlier:
        why = f"an alert finds its team by the label `{LABEL}`; there the integration said which team it was for"
        sheet.report.changed("routing rules", why)
    return catch_all


class Branch:
    """The rules of one team."""

    def __init__(self, sheet: Sheet, lines: Routes, escalations: Escalations, team: str) -> None:
        self.sheet, self.lines, self.escalations, self.team = sheet, lines, escalations, team
        self.default: str | None = None

    def read(self, rules: list[Field]) -> str | None:
        """Its rules in order; the policy of the default one."""
        rules = sorted(rules, key=lambda rule: (rule["isDefault"].flag(), rule["order"].whole(0)))
        last = rules[-1]
        if last["isDefault"].flag():
            self.default = self.escalations.policy(last["notify"])
        for rule in rules:
            self._rule(f"team {self.team}, routing rule {rule['name'].text('') or rule['id'].text('')}".rstrip(), rule)
        return self.default

    def _rule(self, source: str, rule: Field) -> None:
        policy = self._policy(source, rule)
        nobody = rule["notify"]["type"].text("escalation") == "none"
        if policy is None and not nobody:
            self.sheet.report.lost(source, "what it notifies is not in the export")
            return
        end: dict[str, Value] = {"drop": "notifies nobody in Opsgenie"} if policy is None else {"policy": policy}
        for matchers in self._matches(source, rule["criteria"]):
            if self.lines.add(source, [Matcher(LABEL, "=", self.team), *matchers], end):
                self.sheet.report.carried(source, f"route to `{policy}`" if policy else "route that drops")
        if policy is None:
            self.sheet.report.changed(source, "it notifies nobody: Opsgenie shows such alerts, here they are dropped")

    def _policy(self, source: str, rule: Field) -> str | None:
        own = self.escalations.policy(rule["notify"])
        windows = restriction(rule["timeRestriction"])
        if own is None or windows is None:
            return own
        zone = self.sheet.zone(source, rule["timezone"].text("UTC"))
        hours = [name for name in shifts.hours(self.sheet, zone, windows) if name]
        if len(hours) != 1 or self.default is None:
            self.sheet.report.changed(source, "it applies at some hours only; here at all hours")
            return own
        why = f"at other hours than `{hours[0]}` the default rule applies, even where a rule between them would match"
        self.sheet.report.changed(source, why)
        return self._guarded(own, self.default, hours[0])

    def _guarded(self, inside: str, outside: str, hours: str) -> str:
        """A policy that is the one within the hours and the other outside them."""
        key = f"{inside} {outside} {hours}"
        name = self.sheet.known("policies", key)
        if name is None:
            name = self.sheet.name("policies", f"{inside} {hours}", key)
            policies = self.sheet.sections["policies"]
            levels = [
                *_with(policies[inside], {"during": hours}),
                *(_with(policies[outside], {"outside": hours}) if outside != inside else []),
            ]
            own = policies[inside]
            assert isinstance(own, dict)
            self.sheet.put("policies", name, {**own, "levels": levels})
        return name

    def _matches(self, source: str, criteria: Field) -> list[list[Matcher]]:
        """Conditions, any of which is enough; none of them where the rule takes every alert: one list, empty."""
        kind = criteria["type"].text("match-all")
        conditions = criteria["conditions"].items()
        if kind == "match-all" or not conditions:
            return [[]]
        found = [_condition(each) for each in conditions]
        known = [each for each in found if each is not None]
        if any(each["field"].text("") == "priority" for each in conditions):
            self.sheet.report.changed(
                source, "priorities are severities here: P1 critical, P2 error, P3 warning, P4 info"
            )
        if kind == "match-any-condition":
            if len(known) < len(found):
                self.sheet.report.lost(source, "its conditions on what is no label of an alert")
            return [[each] for each in known]
        if len(known) < len(found):
            self.sheet.report.lost(source, "it asks for what is no label of an alert: write its `match` by hand")
            return []
        return [known]


def _with(policy: Value, guard: dict[str, Value]) -> list[Value]:
    levels = policy["levels"] if isinstance(policy, dict) else []
    return [{**level, "when": guard} for level in levels if isinstance(level, dict)] if isinstance(levels, list) else []


def _condition(given: Field) -> Matcher | None:
    """A condition on what has its like in a label: the priority, or a property by its key."""
    field, operation = given["field"].text(""), given["operation"].text("equals")
    value, negative = given["expectedValue"].text(""), given["not"].flag()
    if field == "priority":
        label, value = "severity", PRIORITIES.get(value, "")
    elif field in ("extra-properties", "details"):
        label = given["key"].text("")
    else:
        return None
    if operation in ("equals", "equals-ignore-whitespace"):
        return Matcher(label, "!=" if negative else "=", value) if label and value else None
    pattern = value if operation == "matches" else PATTERNS.get(operation, "").format(re2.escape(value))
    return Matcher(label, "!~" if negative else "=~", pattern) if label and pattern and value else None
