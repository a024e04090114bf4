"""Opsgenie's users with their contacts and notification rules, and its teams with what each member is in them."""

from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.people import Someone, Step
from escalator.importers.sheet import Sheet

WAYS = {"email": "email", "sms": "sms", "voice": "call", "mobile": "push"}
NEW_ALERT = "create-alert"
ROLES = {"admins": ("admin",), "users": ("user",)}
"""By what an escalation calls them: the roles that it means; anything else is every role."""


def singles(rows: list[Field]) -> list[Field]:
    """Each object once: a list shows them in short, their own page in full."""
    found: dict[str, Field] = {}
    for row in rows:
        key = row["id"].text()
        known = found.get(key)
        if known is None or _size(row) > _size(known):
            found[key] = row
    return list(found.values())


def _size(field: Field) -> int:
    return len(field.raw) if isinstance(field.raw, dict) else 0


class People:
    """Everybody, by id and by user name."""

    def __init__(self, sheet: Sheet, export: Export) -> None:
        self.sheet = sheet
        self.by_login: dict[str, str] = {}
        self.members: dict[str, list[tuple[str, str]]] = {}
        """By team: names and their roles."""
        rules: dict[str, list[Field]] = {}
        for row in export.rows("notification_rules"):
            rules.setdefault(row.owner.lower(), []).append(row.field)
        for user in singles(export.fields("users")):
            keys = (user["id"].text(), user["username"].text(""))
            self._person(user, [rule for key in keys for rule in rules.pop(key.lower(), [])])
        for owner in rules:
            sheet.report.lost(
                f"notification rules of {owner or 'somebody'}", "the file's name is no user of the export"
            )
        for team in singles(export.fields("teams")):
            self._team(team)

    def named(self, user: Field) -> str | None:
        """The person whom an object with `id` or `username` means."""
        key = user["id"].text("")
        return self.sheet.known("people", key) if key else self.by_login.get(user["username"].text("").lower())

    def team(self, team: Field, which: str = "all") -> list[str]:
        """Members of a team whose role is meant."""
        members = self.members.get(team["id"].text("") or team["name"].text(""), [])
        roles = ROLES.get(which)
        return [name for name, role in members if roles is None or role in roles]

    def _person(self, user: Field, rules: list[Field]) -> None:
        login, full = user["username"].text(""), user["fullName"].text("")
        someone = Someone(self.sheet, f"user {login or full or user['id'].text()}", user["id"].text(), login, full)
        self.by_login[login.lower()] = someone.name
        if user["blocked"].flag():
            self.sheet.report.changed(someone.source, "blocked there: check that they should be paged")
        off: set[tuple[str, str]] = set()
        for contact in user["userContacts"].items():
            method, address = contact["contactMethod"].text(""), contact["to"].text("")
            if contact["enabled"].flag(True):
                self._contact(someone, method, address)
            else:
                off.add((method, address))
                self.sheet.report.lost(someone.source, f"its contact `{method}` is disabled")
        steps = self._rules(someone, rules, off)
        if not someone.contacts and "@" in login:
            someone.reach("email", login)
            self.sheet.report.changed(
                someone.source, "no contacts are in the export (`?expand=contact`): e-mail stands"
            )
        zone = user["timeZone"].text("")
        someone.settle(self.sheet.zone(someone.source, zone) if zone else None, high=steps)

    def _contact(self, someone: Someone, method: str, address: str) -> None:
        via = WAYS.get(method)
        if via is None:
            self.sheet.report.lost(someone.source, f"contact `{method}`")
            return
        if via == "push":
            self.sheet.report.changed(someone.source, "the mobile app becomes browser push: register each device")
        someone.reach(via, f"+{address.replace('-', '')}" if via in ("sms", "call") else address)

    def _rules(self, someone: Someone, rules: list[Field], off: set[tuple[str, str]]) -> list[Step]:
        """The steps of the rule for new alerts, which Opsgenie takes in order; conditions do not carry over."""
        own = [rule for rule in rules if rule["actionType"].text(NEW_ALERT) == NEW_ALERT and rule["enabled"].flag(True)]
        own.sort(key=lambda rule: rule["order"].whole(0))
        plain = [rule for rule in own if not conditional(rule)]
        for rule in own:
            if rule not in plain[:1]:
                why = f"its rule `{rule['name'].text('')}` for some alerts or hours only"
                self.sheet.report.lost(someone.source, why)
        found = []
        for step in plain[0]["steps"].items() if plain else []:
            method, address = step["contact"]["method"].text(""), step["contact"]["to"].text("")
            if (method, address) in off or not step["enabled"].flag(True):
                continue
            via = WAYS.get(method)
            if via not in someone.contacts:
                self._contact(someone, method, address)
            if via is None:
                continue
            found.append(Step(via, step["sendAfter"]["timeAmount"].whole(0) * 60))
        return found

    def _team(self, team: Field) -> None:
        key, name = team["id"].text(), team["name"].text("")
        source = f"team {name or key}"
        members = [
            (person, member["role"].text("user"))
            for member in team["members"].items()
            if (person := self.named(member["user"]))
        ]
        self.members[key] = self.members[name] = members
        if members:
            own = self.sheet.name("teams", name, key)
            self.sheet.put("teams", own, [person for person, _role in members])
            self.sheet.report.carried(source, f"team `{own}`, {len(members)} people")
        else:
            self.sheet.report.lost(source, "it has no members in the export: fetch /v2/teams/ID, the list has none")


def conditional(rule: Field) -> bool:
    """Whether a rule holds for some alerts, or at some hours, only."""
    return rule["timeRestriction"].given or rule["criteria"]["type"].text("match-all") != "match-all"
