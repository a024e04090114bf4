"""GoAlert, from its GraphQL API: users, rotations, schedules, userOverrides, escalationPolicies, services.

GoAlert keeps whose turn it is as a number that each handoff raises, so a rotation is anchored at its next handoff. All
targets of a schedule that are active serve at once. A step's delay is waited for after it.
"""

from collections.abc import Iterator, Mapping

from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.goalert.policies import Steps, service
from escalator.importers.goalert.schedules import rotation, schedule
from escalator.importers.people import Someone, Step
from escalator.importers.sheet import Imported, Sheet
from escalator.importers.witness import Witness

METHODS = {
    "SMS": ("sms", ""), "VOICE": ("call", ""), "EMAIL": ("email", ""), "WEBHOOK": ("webhook", ""),
    "SLACK_DM": ("slack", ""), "builtin-twilio-sms": ("sms", "phone_number"),
    "builtin-twilio-voice": ("call", "phone_number"), "builtin-smtp-email": ("email", "email_address"),
    "builtin-webhook": ("webhook", "webhook_url"), "builtin-slack-dm": ("slack", "slack_user_id"),
}  # fmt: skip
"""By type of contact method or destination: our way, and the argument that holds the address."""


def read(files: Mapping[str, bytes]) -> Imported:
    """Policies of one instance; raises Unimportable."""
    sheet = Sheet("GoAlert")
    export = Export(files, sheet.report)
    for user in _nodes(sheet, export, "users"):
        _person(sheet, user)
    witness = Witness(sheet)
    rotations = {each["id"].text(): rotation(sheet, each) for each in _nodes(sheet, export, "rotations")}
    extra: dict[str, list[Field]] = {}
    for override in _nodes(sheet, export, "userOverrides"):
        extra.setdefault(override["target"]["id"].text(), []).append(override)
    sides = {
        each["id"].text(): schedule(sheet, each, rotations, extra.get(each["id"].text(), []), witness)
        for each in _nodes(sheet, export, "schedules")
    }
    steps = Steps(sheet, sides, rotations)
    policies = {each["id"].text(): steps.policy(each) for each in _nodes(sheet, export, "escalationPolicies")}
    used = [name for each in _nodes(sheet, export, "services") if (name := service(sheet, each, policies))]
    sheet.once = {"defaults": {"group_wait": "0s"}}
    sheet.report.changed("services", "an alert finds its service by the label `service`, not by an integration key")
    sheet.report.changed("steps", "GoAlert waits out a step that reaches nobody; here the next level is paged at once")
    catch_all = next(iter([*used, *policies.values()]), None)
    return witness.compare(sheet.finish(catch_all, "GoAlert has no such rule; the first service's"))


def _nodes(sheet: Sheet, export: Export, key: str) -> Iterator[Field]:
    """The rows of one field of the answers; an answer may hold several fields."""
    for file, document in export.documents.items():
        held = Field(file, "", document)["data"][key]
        if isinstance(held.raw, list):
            yield from held.items()
        elif held.given:
            yield from held["nodes"].items()
            if held["pageInfo"]["hasNextPage"].flag():
                sheet.report.lost(f"{file}, {key}", "there are more: ask with a larger `first`")


def _person(sheet: Sheet, user: Field) -> None:
    name, email = user["name"].text(""), user["email"].text("")
    someone = Someone(sheet, f"user {name or email or user['id'].text()}", user["id"].text(), email, name)
    ways: dict[str, str] = {}
    for method in user["contactMethods"].items():
        kind, address = _destination(method)
        via = METHODS.get(kind, ("", ""))[0]
        if not via or not address:
            sheet.report.lost(someone.source, f"contact method of type `{kind}`")
        elif method["disabled"].flag():
            sheet.report.lost(someone.source, f"its contact method `{via}` is disabled")
        else:
            someone.reach(via, address)
            ways[method["id"].text()] = via
    if not someone.contacts and "@" in email:
        someone.reach("email", email)
    rules = []
    for rule in user["notificationRules"].items():
        key = rule["contactMethodID"] if rule["contactMethodID"].given else rule["contactMethod"]["id"]
        if key.text("") in ways:
            rules.append(Step(ways[key.text()], rule["delayMinutes"].whole(0) * 60))
    someone.settle(high=rules)


def _destination(method: Field) -> tuple[str, str]:
    """Type and address, of older (`type`, `value`) and newer (`dest`) servers."""
    dest = method["dest"]
    if not dest.given:
        return method["type"].text(""), method["value"].text("")
    kind = dest["type"].text("")
    return kind, dest["args"][METHODS.get(kind, ("", ""))[1]].text("")
