"""Opsgenie, from its REST API: /v2/users, teams, schedules with their rotations and overrides, escalations, routing
rules of teams, notification rules of users, policies.
"""

from collections.abc import Mapping

from escalator.importers.exports import Export
from escalator.importers.opsgenie.escalations import Escalations
from escalator.importers.opsgenie.people import People
from escalator.importers.opsgenie.routing import routing
from escalator.importers.opsgenie.schedules import schedules
from escalator.importers.sheet import Imported, Sheet
from escalator.importers.witness import Witness


def read(files: Mapping[str, bytes]) -> Imported:
    """Policies of one account; raises Unimportable."""
    sheet = Sheet("Opsgenie")
    export = Export(files, sheet.report)
    people = People(sheet, export)
    witness = Witness(sheet)
    escalations = Escalations(sheet, people, schedules(sheet, export, people, witness))
    for escalation in export.fields("escalations"):
        escalations.read(escalation)
    catch_all = routing(sheet, export, people, escalations)
    for policy in export.fields("policies"):
        kind = policy["type"].text("alert")
        why = f"{kind} policies change, delay or suppress alerts before they notify: write routes or silences"
        sheet.report.lost(f"policy {policy['name'].text('')}".rstrip(), why)
    for name in export.unused():
        sheet.report.lost(name, "not one of the files that are read; see docs/migrating.md")
    sheet.once = {"defaults": {"group_wait": "0s"}}
    catch_all = catch_all or escalations.first()
    return witness.compare(sheet.finish(catch_all, "the default routing rule of the first team"))
