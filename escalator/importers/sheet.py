"""What an importer fills while it reads: the sections of a policy as plain values, names by the source's ids, secrets.

Every source ends here: names are valid and unique, addresses that are nobody's business are `secret:NAME`, there is a
`catch_all` that reaches a person.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from escalator.importers import writing
from escalator.importers.fields import Unimportable
from escalator.importers.names import Names, variable
from escalator.importers.report import Report
from escalator.importers.writing import Said, Value
from escalator.language.scalars import MEANT, zone_exists

FILES = {
    "people.yaml": ("people", "teams", "channels", "notification_rules"),
    "schedules.yaml": ("hours", "holidays", "schedules", "overrides"),
    "main.yaml": ("sources", "routes", "defaults", "catch_all", "policies", "silences"),
    "alerts.yaml": ("alerts",),
}
"""Which sections stand in which file."""
EVERYBODY = "everybody"
ABBREVIATED = {**MEANT, "ETC/UTC": "UTC", "ETC/GMT": "UTC", "ETC/UCT": "UTC", "UCT": "UTC", "ZULU": "UTC"}


class Imported(NamedTuple):
    """Policy files by name, and what to know about them."""

    files: dict[str, str]
    report: Report


class Sheet:
    """The sections so far."""

    def __init__(self, source: str) -> None:
        self.report = Report(source)
        self.sections: dict[str, dict[str, Value]] = {}
        self.routes: list[Value] = []
        self.lists: dict[str, list[Value]] = {"overrides": [], "silences": []}
        self.once: dict[str, Value] = {}
        self._names: dict[str, Names] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._secrets = Names()

    # Names

    def name(self, section: str, wanted: str, key: str = "") -> str:
        """A name that is still free in the section; `key` finds it again."""
        name = self._names.setdefault(section, Names()).take(wanted, key)
        if key:
            self._ids.setdefault((section, key), name)
        return name

    def known(self, section: str, key: str) -> str | None:
        return self._ids.get((section, key))

    def put(self, section: str, name: str, value: Value) -> None:
        self.sections.setdefault(section, {})[name] = value

    def has(self, section: str, name: str) -> bool:
        return name in self.sections.get(section, {})

    def secret(self, what: str, *parts: str) -> str:
        """`secret:NAME` for what must not stand in a file; `what` says in the report whose it is."""
        name = self._secrets.take(variable(*parts), "SECRET").replace("-", "_")
        self.report.secrets[name] = what
        return f"secret:{name}"

    def zone(self, source: str, text: str) -> str:
        """A time zone by place; what is none becomes UTC, loudly."""
        if zone_exists(text):
            return text
        place = ABBREVIATED.get(text.upper()) or RAILS.get(text)
        if place is None:
            self.report.changed(source, f"`{text}` is not a time zone by place: UTC stands instead, set the right one")
            return "UTC"
        if text.upper() not in ("ETC/UTC", "ETC/GMT", "ETC/UCT", "UCT", "ZULU"):
            self.report.changed(source, f"the time zone `{text}` is taken as `{place}`")
        return place

    # The end

    def everybody(self) -> list[Value]:
        """Targets that name every person."""
        people = list(self.sections.get("people", {}))
        if not people:
            return []
        if not self.has("teams", EVERYBODY):
            self.put("teams", self.name("teams", EVERYBODY, EVERYBODY), list(people))
        return [{"team": self.known("teams", EVERYBODY) or EVERYBODY}]

    def finish(self, catch_all: str | None, why: str) -> Imported:
        """The files. `catch_all` names the policy for what no route takes; it must name a person."""
        if catch_all is None or not self._wakes_somebody(catch_all):
            catch_all = self._everybody_policy()
            why = "the source has no policy for what no route takes: everybody is paged, choose better"
        self.report.changed("catch_all", f"alerts that no route takes go to `{catch_all}`: {why}")
        self.once["catch_all"] = catch_all
        return Imported(self.files(), self.report)

    def _wakes_somebody(self, policy: str) -> bool:
        value = self.sections.get("policies", {}).get(policy)
        levels = value.get("levels", []) if isinstance(value, dict) else []
        return any(kind != "channel" for level in _listed(levels) for kind in _kinds(level))

    def _everybody_policy(self) -> str:
        targets = self.everybody()
        if not targets:
            raise Unimportable("the export", "users", "nobody is in it, and a policy needs somebody to page")
        name = self.name("policies", EVERYBODY)
        levels: list[Value] = [{"notify": targets}]
        self.put("policies", name, {"levels": levels, "urgency": "high"})
        return name

    def files(self) -> dict[str, str]:
        routes: dict[str, Value] = {"routes": self.routes}
        every: Mapping[str, Value] = {**self.sections, **self.lists, **routes, **self.once}
        held = {file: {key: every[key] for key in keys if every.get(key)} for file, keys in FILES.items()}
        return {file: writing.document(sections) for file, sections in held.items() if sections}


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _kinds(level: Value) -> Iterable[str]:
    """The kinds of targets that a level names."""
    level = level.value if isinstance(level, Said) else level
    notify = level.get("notify", []) if isinstance(level, dict) else []
    for target in _listed(notify.value if isinstance(notify, Said) else notify):
        yield from target if isinstance(target, dict) else ()


# Names that Ruby on Rails gives to places; PagerDuty's older schedules have them.
RAILS = {
    "Eastern Time (US & Canada)": "America/New_York", "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver", "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Arizona": "America/Phoenix", "Alaska": "America/Juneau", "Hawaii": "Pacific/Honolulu",
    "Atlantic Time (Canada)": "America/Halifax", "Brasilia": "America/Sao_Paulo", "London": "Europe/London",
    "Dublin": "Europe/Dublin", "Lisbon": "Europe/Lisbon", "Madrid": "Europe/Madrid", "Paris": "Europe/Paris",
    "Amsterdam": "Europe/Amsterdam", "Brussels": "Europe/Brussels", "Berlin": "Europe/Berlin", "Bern": "Europe/Zurich",
    "Rome": "Europe/Rome", "Vienna": "Europe/Vienna", "Prague": "Europe/Prague", "Warsaw": "Europe/Warsaw",
    "Copenhagen": "Europe/Copenhagen", "Stockholm": "Europe/Stockholm", "Helsinki": "Europe/Helsinki",
    "Athens": "Europe/Athens", "Bucharest": "Europe/Bucharest", "Kyiv": "Europe/Kiev", "Istanbul": "Europe/Istanbul",
    "Jerusalem": "Asia/Jerusalem", "Abu Dhabi": "Asia/Dubai", "New Delhi": "Asia/Kolkata", "Mumbai": "Asia/Kolkata",
    "Chennai": "Asia/Kolkata", "Kolkata": "Asia/Kolkata", "Singapore": "Asia/Singapore", "Beijing": "Asia/Shanghai",
    "Hong Kong": "Asia/Hong_Kong", "Tokyo": "Asia/Tokyo", "Seoul": "Asia/Seoul", "Sydney": "Australia/Sydney",
    "Melbourne": "Australia/Melbourne", "Auckland": "Pacific/Auckland", "Wellington": "Pacific/Auckland",
}  # fmt: skip
