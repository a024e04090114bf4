"""Alertmanager, from its configuration file: the route tree as routes of which the first that matches wins, receivers
as channels. It knows no people: one stands in for them until somebody writes who.
"""

from collections.abc import Mapping

from escalator.importers.alertmanager.intervals import Intervals
from escalator.importers.alertmanager.receivers import Receivers
from escalator.importers.alertmanager.tree import Tree
from escalator.importers.documents import document, listed, seconds
from escalator.importers.fields import Field, Unimportable
from escalator.importers.ladder import span
from escalator.importers.sheet import Imported, Sheet
from escalator.importers.writing import Value

SOMEBODY = "on-call"
REPEAT, INTERVAL = 4 * 3600, 5 * 60


def read(files: Mapping[str, bytes]) -> Imported:
    """Policies of one configuration; raises Unimportable."""
    config = _config(files)
    sheet = Sheet("Alertmanager")
    receivers = Receivers(sheet, listed(config["receivers"]))
    root = config["route"]
    name, channels = Tree(sheet, receivers, Intervals(sheet, config)).read(root)
    _somebody(sheet)
    policy = sheet.name("policies", "catch-all")
    notify: list[Value] = [{"person": SOMEBODY}]
    notify += [{"channel": channel} for channel in channels]
    levels: list[Value] = [{"notify": notify}]
    sheet.put("policies", policy, {"levels": levels, "urgency": "high"})
    refresh = seconds(root["repeat_interval"], REPEAT) + seconds(root["group_interval"], INTERVAL)
    sheet.once["sources"] = {"alertmanager": {"refresh": span(refresh)}}
    receivers.unused()
    _left_out(sheet, config)
    return sheet.finish(policy, f"the receiver `{name}`, and a person, since nothing may be lost unseen")


def _config(files: Mapping[str, bytes]) -> Field:
    found = [document(name, files[name]) for name in sorted(files) if name.endswith((".yml", ".yaml"))]
    whole = [each for each in found if isinstance(each.raw, dict) and each["route"].given]
    if len(whole) != 1:
        file = found[0].file if found else "the export"
        raise Unimportable(file, "route", "there must be one file with a `route`: alertmanager.yml")
    return whole[0]


def _somebody(sheet: Sheet) -> None:
    sheet.name("people", SOMEBODY)
    address = sheet.secret("e-mail of whoever is on call; better: write your people and a schedule", SOMEBODY, "email")
    sheet.put("people", SOMEBODY, {"contacts": {"email": address}})
    why = (
        f"it knows no people: `{SOMEBODY}` stands for them in `catch_all`; write who they are, and name them in levels"
    )
    sheet.report.changed("people", why)


def _left_out(sheet: Sheet, config: Field) -> None:
    """What stands beside the route tree."""
    for number, rule in enumerate(config["inhibit_rules"].items(), 1):
        what = ", ".join(sorted(rule.raw)) if isinstance(rule.raw, dict) else ""
        sheet.report.lost(
            f"inhibit_rules[{number - 1}]", f"inhibition ({what}): keep Alertmanager in front, or use silences"
        )
    if config["templates"].items():
        sheet.report.lost("templates", "notification templates: a policy may have `templates` of its own, in Jinja2")
    if config["global"].given:
        why = "credentials and servers stand in the settings of the service: docs/settings.md"
        sheet.report.lost("global", why)
    sheet.report.changed("group_wait", "critical incidents never wait, whatever `group_wait` says")
