"""Grafana OnCall's users, teams and personal notification rules. Phone numbers are not in its API: they become secrets.

Its rules come in two sets, default and important, and a step says which one it uses; ours are chosen by urgency.
"""

from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.people import Someone, Step
from escalator.importers.sheet import Sheet

WAYS = {
    "notify_by_slack": "slack", "notify_by_sms": "sms", "notify_by_phone_call": "call", "notify_by_email": "email",
    "notify_by_mobile_app": "push", "notify_by_mobile_app_critical": "push", "notify_by_telegram": "apprise",
    "notify_by_msteams": "apprise",
}  # fmt: skip
ELSEWHERE = {
    "sms": "its phone number is not in the export: set the secret",
    "call": "its phone number is not in the export: set the secret",
    "push": "the mobile app becomes browser push: register each device",
    "apprise": "Telegram and Teams go by apprise: set the secret to the service's URL",
}


def people(sheet: Sheet, export: Export, important: bool) -> None:
    """Declares everybody. `important`: whether any step uses the important rules, which then are for high urgency."""
    rules: dict[str, list[Field]] = {}
    for rule in export.fields("personal_notification_rules"):
        rules.setdefault(rule["user_id"].text(), []).append(rule)
    members: dict[str, list[str]] = {}
    for user in export.fields("users"):
        name = _person(sheet, user, rules.get(user["id"].text(), []), important)
        for key in user["teams"].texts():
            members.setdefault(key, []).append(name)
    for team in export.fields("teams"):
        _team(sheet, team, members.get(team["id"].text(), []))


def _person(sheet: Sheet, user: Field, rules: list[Field], important: bool) -> str:
    login, email = user["username"].text(""), user["email"].text("")
    someone = Someone(sheet, f"user {login or email or user['id'].text()}", user["id"].text(), login or email, login)
    if email:
        someone.reach("email", email)
    for account in user["slack"].items() if isinstance(user["slack"].raw, list) else [user["slack"]]:
        if account["user_id"].text(""):
            someone.reach("slack", account["user_id"].text())
    if user["is_phone_number_verified"].flag():
        _phone(someone, "sms")
        _phone(someone, "call")
    default = _steps(someone, [rule for rule in rules if not rule["important"].flag()])
    urgent = _steps(someone, [rule for rule in rules if rule["important"].flag()])
    zone = user["timezone"].text("")
    chosen = {"high": urgent, "low": default} if important else {"high": default}
    someone.settle(sheet.zone(someone.source, zone) if zone else None, **chosen)
    if urgent and not important:
        sheet.report.lost(someone.source, "its important rules: no step of any chain uses them")
    return someone.name


def _phone(someone: Someone, via: str) -> None:
    someone.reach(via, "")
    someone.sheet.report.changed(someone.source, ELSEWHERE[via])


def _steps(someone: Someone, rules: list[Field]) -> list[Step]:
    """Steps at their distance from the page: OnCall's waits add up."""
    found, at = [], 0
    for rule in sorted(rules, key=lambda each: each["position"].whole(0)):
        kind = rule["type"].text("")
        via = WAYS.get(kind)
        if kind == "wait":
            at += rule["duration"].whole(0)
        elif via is None:
            someone.sheet.report.lost(someone.source, f"a rule of type `{kind}`")
        else:
            _needs(someone, via)
            found.append(Step(via, at))
    return found


def _needs(someone: Someone, via: str) -> None:
    """A way that a rule uses, and that the user's own record does not show."""
    if via in someone.contacts:
        return
    if via in ELSEWHERE:
        _phone(someone, via)
    else:
        someone.sheet.report.lost(someone.source, f"a rule by {via}, of which the export has no address")


def _team(sheet: Sheet, team: Field, members: list[str]) -> None:
    name = team["name"].text("") or team["id"].text()
    if members:
        own = sheet.name("teams", name, team["id"].text())
        sheet.put("teams", own, list(members))
        sheet.report.carried(f"team {name}", f"team `{own}`, {len(members)} people")
    else:
        sheet.report.lost(f"team {name}", "no user of the export says that they are in it")
