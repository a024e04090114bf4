"""Routes in the order in which they are tried. One that no alert could reach is left out: the language refuses it."""

from collections.abc import Iterable

from escalator.core.alert import Matcher
from escalator.importers.matches import Unwritable, compiles, simplified, written
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Value
from escalator.language.implication import Conditions


class Routes:
    """The routes of a sheet so far, as conditions."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.earlier: list[tuple[Matcher, ...]] = []

    def add(self, source: str, matchers: Iterable[Matcher], end: dict[str, Value]) -> bool:
        """Appends a route; False, and a line in the report, where the language cannot have it."""
        whole = tuple(dict.fromkeys(map(simplified, matchers)))
        why = self._refusal(whole)
        if why is not None:
            self.sheet.report.lost(source, why)
            return False
        self.earlier.append(whole)
        self.sheet.routes.append({"match": written(whole), **end})
        return True

    def _refusal(self, matchers: tuple[Matcher, ...]) -> str | None:
        patterns = [each.value for each in matchers if each.operator in ("=~", "!~")]
        refused = [each for each in patterns if isinstance(each, str) and not compiles(each)]
        if refused:
            return f"the pattern `{refused[0]}` is not RE2: look-around and back-references are not taken"
        try:
            written(matchers)
        except Unwritable as error:
            return f"{error}: write its `match` by hand"
        conditions = Conditions(matchers)
        if any(conditions.imply_all(each) for each in self.earlier):
            return "an earlier route takes every alert that it would take"
        return None
