"""Grafana OnCall, from its HTTP API: /api/v1/users, teams, schedules, on_call_shifts, escalation_chains,
escalation_policies, integrations, routes, personal_notification_rules, user_groups, webhooks.
"""

from collections.abc import Mapping

from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.grafana_oncall.chains import Chains
from escalator.importers.grafana_oncall.people import people
from escalator.importers.grafana_oncall.routes import routes
from escalator.importers.grafana_oncall.schedules import schedules
from escalator.importers.sheet import Imported, Sheet
from escalator.importers.witness import Witness


def read(files: Mapping[str, bytes]) -> Imported:
    """Policies of one organisation; raises Unimportable."""
    sheet = Sheet("Grafana OnCall")
    export = Export(files, sheet.report)
    steps: dict[str, list[Field]] = {}
    for step in export.fields("escalation_policies"):
        steps.setdefault(step["escalation_chain_id"].text(), []).append(step)
    important = any(step["important"].flag() for own in steps.values() for step in own)
    people(sheet, export, important)
    witness = Witness(sheet)
    chains = Chains(sheet, export, schedules(sheet, export, witness), steps, important)
    catch_all = routes(sheet, export, chains)
    chains.rest()
    for group in export.fields("user_groups"):
        handle = group["slack"]["handle"].text(group["id"].text(""))
        sheet.report.lost(f"user group {handle}", "Slack knows who is in it, the export does not: write a team")
    for name in export.unused():
        sheet.report.lost(name, "not one of the files that are read; see docs/migrating.md")
    sheet.once = {"defaults": {"group_wait": "0s"}}
    return witness.compare(sheet.finish(catch_all, "the default route of the first integration"))
