"""Grafana OnCall's integrations and routes. A route is a pattern over the whole payload, or a Jinja2 expression; what
of them compares labels becomes `match`, the rest has to be written by hand.
"""

import re

from escalator.core.alert import Matcher
from escalator.importers.exports import Export
from escalator.importers.fields import Field, clean
from escalator.importers.grafana_oncall.chains import Chains
from escalator.importers.routes import Routes
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Value

INTEGRATION = "integration"
"""The label that says which integration an alert came by, where there are several."""
PLACE = r"""payload(?:\.alerts\[0\])?(?:\.|\.get\(\s*["'])(?:commonLabels|groupLabels|labels)(?:["'][^)]*\))?"""
LABEL = r"""(?:\.(?P<dot>\w+)|\[\s*["'](?P<key>[\w.-]+)["']\s*\]|\.get\(\s*["'](?P<get>[\w.-]+)["'][^)]*\))"""
TERM = re.compile(rf"""\(?\s*{PLACE}{LABEL}\s*(?P<operator>==|!=|in)\s*(?P<value>["'][^"']*["']|\[[^\]]*\])\s*\)?""")
QUOTED = re.compile(r"""["']([^"']*)["']""")
PAIR = re.compile(
    r"""\\?"(?P<label>\w+)\\?"\s*(?:\\s[*+]?)?\s*:\s*(?:\\s[*+]?)?\s*\\?"(?P<value>[\w-]+(?:\|[\w-]+)*|\((?:[\w-]+\|)+[\w-]+\))\\?"\s*,?"""
)
ALL = frozenset({"", ".*", ".+", "true", "{{ true }}", "{{ 1 }}"})


def routes(sheet: Sheet, export: Export, chains: Chains) -> str | None:
    """Writes the routes of every integration; the policy of the first one's default route."""
    integrations = export.fields("integrations")
    by_integration: dict[str, list[Field]] = {}
    for route in export.fields("routes"):
        by_integration.setdefault(route["integration_id"].text(), []).append(route)
    lines, catch_all = Routes(sheet), None
    for integration in integrations:
        name = integration["name"].text("") or integration["id"].text()
        own = sorted(
            by_integration.pop(integration["id"].text(), []), key=lambda route: route["position"].whole(0, least=-1)
        )
        _templates(sheet, f"integration {name}", integration["templates"])
        matchers = [Matcher(INTEGRATION, "=", name)] if len(integrations) > 1 else []
        last = Branch(sheet, lines, chains, f"integration {name}", matchers).read(own, integration["default_route"])
        catch_all = catch_all or last
    if len(integrations) > 1:
        why = (
            f"an alert finds its integration by the label `{INTEGRATION}`: let each sender set it, there it was the URL"
        )
        sheet.report.changed("integrations", why)
    for key, left in by_integration.items():
        sheet.report.lost(f"{len(left)} routes", f"their integration `{key}` is not in the export")
    return catch_all


def _templates(sheet: Sheet, source: str, templates: Field) -> None:
    """Templates of its own; an integration without any has them all null."""
    own = [key for key, value in templates.raw.items() if _filled(value)] if isinstance(templates.raw, dict) else []
    if own:
        why = (
            f"its templates ({', '.join(map(clean, own))}): `group_by` of the route groups, a policy's `templates` word"
        )
        sheet.report.lost(source, why)


def _filled(value: object) -> bool:
    return any(map(_filled, value.values())) if isinstance(value, dict) else bool(value)


class Branch:
    """The routes of one integration."""

    def __init__(self, sheet: Sheet, lines: Routes, chains: Chains, source: str, matchers: list[Matcher]) -> None:
        self.sheet, self.lines, self.chains, self.source, self.matchers = sheet, lines, chains, source, matchers

    def read(self, own: list[Field], default: Field) -> str | None:
        """Its routes in order, then its default; the policy of the default."""
        for number, route in enumerate(own, 1):
            if route["is_the_last_route"].flag():
                default = default if default.given else route
                continue
            self._route(f"{self.source}, route {number}", route)
        return self._default(default)

    def _route(self, source: str, route: Field) -> None:
        pattern = route["routing_regex"].text("")
        found = conditions(pattern)
        policy = self._policy(route)
        if found is None:
            why = f"`{pattern}` is not about labels alone: write its `match` by hand"
            self.sheet.report.lost(source, f"{why}, with `policy: {policy}`" if policy else why)
        elif self.matchers or found:
            self._add(source, [*self.matchers, *found], policy)
        else:
            self.sheet.report.lost(source, "it takes every alert: that is `catch_all`'s")

    def _add(self, source: str, matchers: list[Matcher], policy: str | None) -> None:
        end: dict[str, Value] = {"policy": policy} if policy else {"drop": "no escalation chain in Grafana OnCall"}
        if self.lines.add(source, matchers, end):
            self.sheet.report.carried(source, f"route to `{policy}`" if policy else "route that drops")
            if not policy:
                self.sheet.report.changed(source, "it has no chain: OnCall shows such alerts, here they are dropped")

    def _policy(self, route: Field) -> str | None:
        room = route["slack"]["channel_id"].text("")
        return self.chains.policy(route["escalation_chain_id"].text(""), room)

    def _default(self, default: Field) -> str | None:
        policy = self._policy(default) if default.given else None
        if self.matchers:
            self._add(f"{self.source}, default route", self.matchers, policy)
        return policy


def conditions(pattern: str) -> list[Matcher] | None:
    """Conditions on labels that mean the same; None where the pattern is about something else."""
    if pattern.lower() in ALL:
        return []
    pair = PAIR.fullmatch(pattern)
    if pair is not None:
        values = tuple(pair["value"].strip("()").split("|"))
        return [Matcher(pair["label"], "=", values[0]) if len(values) == 1 else Matcher(pair["label"], "in", values)]
    inner = re.fullmatch(r"\{\{(.*)\}\}", pattern)
    terms = [TERM.fullmatch(term.strip()) for term in re.split(r"\s+and\s+", inner[1].strip())] if inner else [None]
    found = [_matcher(term) for term in terms if term is not None]
    return [each for each in found if each is not None] if len(found) == len(terms) and None not in found else None


def _matcher(term: re.Match[str]) -> Matcher | None:
    label = term["dot"] or term["key"] or term["get"]
    values = tuple(QUOTED.findall(term["value"]))
    if term["operator"] == "in" and values and term["value"].startswith("["):
        return Matcher(label, "in", values)
    if term["operator"] == "in" or len(values) != 1:
        return None
    return Matcher(label, "=" if term["operator"] == "==" else "!=", values[0])
