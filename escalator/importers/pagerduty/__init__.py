"""PagerDuty, from its REST API v2: /users, /schedules, /escalation_policies, /services, /maintenance_windows, and a
schedule's /overrides.

Its layers override each other, the last one that was made wins; its escalation rules count from the rule before.
"""

from collections import Counter
from collections.abc import Mapping

from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.pagerduty.maintenance import maintenance
from escalator.importers.pagerduty.policies import Ladders
from escalator.importers.pagerduty.schedules import schedules
from escalator.importers.people import Someone, Step
from escalator.importers.sheet import Imported, Sheet
from escalator.importers.witness import Witness

METHODS = {
    "email_contact_method": "email", "sms_contact_method": "sms", "phone_contact_method": "call",
    "push_notification_contact_method": "push",
}  # fmt: skip


def read(files: Mapping[str, bytes]) -> Imported:
    """Policies of one account; raises Unimportable."""
    sheet = Sheet("PagerDuty")
    export = Export(files, sheet.report)
    for user in export.fields("users"):
        _person(sheet, user)
    witness = Witness(sheet)
    sides = schedules(sheet, export, witness)
    ladders = Ladders(sheet, sides)
    for policy in export.fields("escalation_policies"):
        ladders.read(policy)
    used = Counter(name for service in export.fields("services") if (name := ladders.service(service)))
    ladders.rest()
    for window in export.fields("maintenance_windows"):
        maintenance(sheet, ladders.services, window)
    for name in export.unused():
        sheet.report.lost(name, "not one of the files that are read; see docs/migrating.md")
    sheet.once = {"defaults": {"group_wait": "0s"}, **sheet.once}
    sheet.report.changed("services", "an alert finds its service by the label `service`, not by an integration key")
    most = used.most_common(1)
    catch_all = most[0][0] if most else ladders.first()
    return witness.compare(sheet.finish(catch_all, "PagerDuty has no such rule; most services use this"))


def _person(sheet: Sheet, user: Field) -> None:
    name = user["name"].text("")
    someone = Someone(sheet, f"user {name or user['id'].text()}", user["id"].text(), user["email"].text(""), name)
    for method in user["contact_methods"].items():
        _contact(someone, method)
    if not someone.contacts and user["email"].given:
        someone.reach("email", user["email"].text())
    rules: dict[str, list[Step]] = {"high": [], "low": []}
    for rule in user["notification_rules"].items():
        via = METHODS.get(rule["contact_method"]["type"].text("").removesuffix("_reference"))
        if via is not None:
            after = rule["start_delay_in_minutes"].whole(0) * 60
            rules["low" if rule["urgency"].text("high") == "low" else "high"].append(Step(via, after))
    zone = user["time_zone"].text("")
    someone.settle(sheet.zone(someone.source, zone) if zone else None, **rules)


def _contact(someone: Someone, method: Field) -> None:
    kind = method["type"].text("").removesuffix("_reference")
    via = METHODS.get(kind)
    if via is None:
        someone.sheet.report.lost(someone.source, f"contact method `{kind}`")
    elif method["address"].given or via == "push":
        country = method["country_code"].text("")
        someone.reach(via, f"+{country}{method['address'].text('')}" if country else method["address"].text(""))
    else:
        someone.sheet.report.lost(
            someone.source, f"`{kind}` without its address: fetch users with `include[]=contact_methods`"
        )
    if via == "push":
        someone.sheet.report.changed(someone.source, "the PagerDuty app becomes browser push: register each device")
