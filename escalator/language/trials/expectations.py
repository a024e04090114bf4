"""The expectations of a test: what shall be so at an instant, between two, or in the end."""

from collections.abc import Mapping
from typing import Any

from escalator.core.book import Book
from escalator.core.instant import Span
from escalator.core.notification import LAST_RESORT
from escalator.language import scalars
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.scope import Scope
from escalator.language.shapes.trials import EVENT_NAMES, EXPECTATION, STATUS, STATUSES
from escalator.language.trials.events import chosen
from escalator.language.trials.values import Expected, Status
from escalator.language.trials.whom import paged, told

AT_AN_INSTANT = frozenset({"paged", "channels", "told", "event", "level"})
ALONE = "no_pages_between"


def expectation(scope: Scope, book: Book, node: Node) -> Expected | None:
    before = scope.errors
    fields = scope.fields(node, EXPECTATION)
    if fields is None:
        return None
    if scope.errors == before:
        _judged(scope, node, fields)
    asked: dict[str, Any] = {}
    if "at" in fields:
        asked["at"] = scalars.duration(scope, fields["at"], 0)
    if "incident" in fields:
        asked["incident"] = chosen(scope, fields["incident"])
    if "paged" in fields:
        asked["paged"] = scope.each(fields["paged"], lambda one: paged(scope, book, one))
    if "channels" in fields:
        asked["channels"] = scope.each(fields["channels"], lambda one: _channel(scope, one))
    if "told" in fields:
        asked["told"] = scope.each(fields["told"], lambda one: told(scope, book, one))
    if "event" in fields:
        asked["events"] = scope.each(fields["event"], lambda one: scope.choice(one, EVENT_NAMES))
    if "level" in fields:
        asked["level"] = scalars.whole(scope, fields["level"], "a level", 0, 100)
    if "incidents" in fields:
        asked["incidents"] = scalars.whole(scope, fields["incidents"], "a number of incidents", 0, 10_000)
    if ALONE in fields:
        asked["quiet"] = _between(scope, fields[ALONE])
    if "status" in fields:
        asked |= _status(scope, fields["status"])
    return Expected(node.mark, **asked) if scope.errors == before else None


def _judged(scope: Scope, node: Node, fields: Mapping[str, Node]) -> None:
    """That it asks for something, and says when."""
    timed = [key for key in fields if key in AT_AN_INSTANT]
    if not fields.keys() - {"at", "incident"}:
        cure = "`paged`, `channels`, `told`, `event`, `level`, `status`, `incidents` or `no_pages_between`"
        scope.error("E302", node.mark, "this expects nothing", cure)
    elif timed and "at" not in fields:
        scope.error("E302", node.mark, f"when is `{timed[0]}` expected?", "add `at: 5m`")
    elif ALONE in fields and len(fields) > 1 + ("incident" in fields):
        cure = "write an expectation of its own for everything else"
        scope.error("E302", fields[ALONE].mark, f"`{ALONE}` is a time of its own", cure)


def _channel(scope: Scope, node: Node) -> str | None:
    if isinstance(node, Scalar) and node.value == LAST_RESORT:
        return LAST_RESORT
    return scope.refer("channel", node)


def _between(scope: Scope, node: Node) -> tuple[Span, Span] | None:
    items = scope.items(node, "two times, such as `[0m, 34m]`") if isinstance(node, Items) else []
    if len(items) != 2:
        if not isinstance(node, Items) or items:
            scope.error("E122", node.mark, "expected two times, such as `[0m, 34m]`")
        return None
    since, until = (scalars.duration(scope, each, 0) for each in items)
    if since is None or until is None:
        return None
    if until <= since:
        scope.error("E137", items[1].mark, "the second is not after the first", "exchange the two")
        return None
    return since, until


def _status(scope: Scope, node: Node) -> dict[str, Any]:
    """`acknowledged`, or with its holder and its own time."""
    if not isinstance(node, Table):
        word = scope.choice(node, STATUSES)
        return {} if word is None else {"status": Status(word)}
    fields = scope.fields(node, STATUS) or {}
    word = scope.choice(fields["is"], STATUSES) if "is" in fields else None
    by = scope.refer("person", fields["by"]) if "by" in fields else None
    found: dict[str, Any] = {} if word is None else {"status": Status(word, by)}
    return found | ({"at": scalars.duration(scope, fields["at"], 0)} if "at" in fields else {})
