"""The events of a test: what sources, people and providers do, and when."""

from collections.abc import Callable, Mapping

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.language import scalars
from escalator.language.ladders import target
from escalator.language.matching import match
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.scope import Scope
from escalator.language.shapes.trials import (
    ABOUT_EVENT,
    ESCALATE,
    EVENT,
    FAULT,
    MEND,
    MODE,
    NOTE,
    OVERRIDE,
    PROVIDER,
    REASSIGN,
    SILENCE,
    SNOOZE,
    SOURCE_STATE,
    YES,
)
from escalator.language.trials.values import (
    Act,
    Break,
    Chosen,
    Fire,
    Happening,
    Overridden,
    Resolve,
    Silenced,
    SourceSilent,
    Unusable,
    What,
)
from escalator.language.trials.whom import contact

DEFAULT_MODE = {"person": "silent", "contact": "silent", "provider": "failing", "channel": "failing"}
"""How a fault shows where nothing is said: people sleep, and providers answer with errors."""


def event(scope: Scope, book: Book, node: Node) -> Happening | None:
    before = scope.errors
    fields = scope.fields(node, EVENT)
    if fields is None:
        return None
    at = scalars.duration(scope, fields["at"], 0) if "at" in fields else None
    verbs = [key for key in fields if key not in ABOUT_EVENT]
    if not verbs and scope.errors > before:
        return None  # a misspelt key is said already
    if len(verbs) != 1:
        said = "nothing happens here" if not verbs else f"`{verbs[0]}` and `{verbs[1]}` are two events"
        scope.error("E301", node.mark, said, "write one event for each, in their order")
        return None
    found = READ[verbs[0]](scope, book, verbs[0], fields[verbs[0]])
    which = chosen(scope, fields["incident"]) if "incident" in fields else None
    refused = "refused" in fields and scope.choice(fields["refused"], YES) == "true"
    return None if at is None or found is None else Happening(at, found, node.mark, which, refused)


def chosen(scope: Scope, node: Node) -> Chosen:
    """Which incident."""
    if isinstance(node, Table):
        return tuple(labels(scope, node).items())
    text = scope.text(node, "an incident: its number, its title, or labels of it")
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else text


def labels(scope: Scope, node: Node) -> Labels:
    """Labels as they are written; an empty one is a missing one."""
    found: dict[str, str] = {}
    entries = scope.entries(node, "labels")
    if isinstance(node, Table) and not entries:
        scope.error("E122", node.mark, "an alert has labels", "write `{alertname: NAME}`")
    for key, value in entries:
        if isinstance(value, Scalar) and value.quoted and not value.value:
            found[key.value] = ""
        elif (text := scope.text(value, f"the value of `{key.value}`")) is not None:
            found[key.value] = text
    return found


def _alerts(scope: Scope, node: Node) -> tuple[Labels, ...]:
    nodes = scope.items(node, "alerts") if isinstance(node, Items) else [node]
    return tuple(labels(scope, each) for each in nodes)


def _fire(scope: Scope, book: Book, verb: str, node: Node) -> What:
    return Fire(_alerts(scope, node))


def _resolve(scope: Scope, book: Book, verb: str, node: Node) -> What:
    return Resolve(_alerts(scope, node))


def _plain(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    """`ack: ana`."""
    by = scope.refer("person", node)
    if by is None:
        return None
    return Act("ack", by) if verb == "ack" else Act("unack" if verb == "unack" else "resolve_by_hand", by)


def _snooze(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    fields = scope.fields(node, SNOOZE) or {}
    by, span = _by(scope, fields), _span(scope, fields)
    return None if by is None or span is None else Act("snooze", by, span=span)


def _escalate(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    """`escalate: ana`, or with the level."""
    if isinstance(node, Scalar):
        by = scope.refer("person", node)
        return None if by is None else Act("escalate", by)
    fields = scope.fields(node, ESCALATE) or {}
    by = _by(scope, fields)
    level = scalars.whole(scope, fields["level"], "a level", 1, 100) if "level" in fields else None
    return None if by is None else Act("escalate", by, level=level)


def _reassign(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    fields = scope.fields(node, REASSIGN) or {}
    by = _by(scope, fields)
    to = scope.each(fields["to"], lambda one: target(scope, one)) if "to" in fields else ()
    return None if by is None or not to else Act("reassign", by, to=to)


def _note(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    fields = scope.fields(node, NOTE) or {}
    by = _by(scope, fields)
    text = scope.text(fields["text"], "a text") if "text" in fields else None
    return None if by is None or text is None else Act("note", by, text)


def _fault(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    fields = scope.fields(node, FAULT) if verb == "fault" else scope.fields(node, MEND)
    if fields is None:
        return None
    kinds = [key for key in fields if key in DEFAULT_MODE]
    if len(kinds) != 1:
        said = "this says not what fails" if not kinds else f"`{kinds[0]}` and `{kinds[1]}` are two faults"
        scope.error("E307", node.mark, said, "exactly one of `provider`, `person`, `contact` and `channel`")
        return None
    kind, name = kinds[0], _broken(scope, book, kinds[0], fields[kinds[0]])
    mode = "" if verb == "mend" else scope.choice(fields["mode"], MODE) if "mode" in fields else DEFAULT_MODE[kind]
    return None if name is None or mode is None else Break("contact" if kind == "channel" else kind, name, mode)


def _broken(scope: Scope, book: Book, kind: str, node: Node) -> str | None:
    if kind == "provider":
        return scope.choice(node, PROVIDER)
    if kind == "contact":
        return contact(scope, book, node)
    name = scope.refer(kind, node)
    return name if kind == "person" or name is None else f"channel/{name}"


def _silence(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    fields = scope.fields(node, SILENCE) or {}
    matchers = match(scope, fields["match"]) if "match" in fields else ()
    if "match" in fields and isinstance(fields["match"], Table) and not fields["match"].entries:
        scope.error("E282", fields["match"].mark, "this silence matches everything", "say which alerts")
    span = _span(scope, fields)
    return None if not matchers or span is None else Silenced(matchers, span)


def _override(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    fields = scope.fields(node, OVERRIDE) or {}
    schedule = scope.refer("schedule", fields["schedule"]) if "schedule" in fields else None
    person = scope.refer("person", fields["person"]) if "person" in fields else None
    span = _span(scope, fields)
    return None if schedule is None or person is None or span is None else Overridden(schedule, person, span)


def _unusable(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    found = scope.each(node, lambda one: contact(scope, book, one, channels=True))
    return Unusable(found) if found else None


def _source(scope: Scope, book: Book, verb: str, node: Node) -> What | None:
    return None if scope.choice(node, SOURCE_STATE) is None else SourceSilent()


def _by(scope: Scope, fields: Mapping[str, Node]) -> str | None:
    return scope.refer("person", fields["by"]) if "by" in fields else None


def _span(scope: Scope, fields: Mapping[str, Node]) -> int | None:
    return scalars.duration(scope, fields["for"]) if "for" in fields else None


READ: Mapping[str, Callable[[Scope, Book, str, Node], What | None]] = {
    "fire": _fire, "resolve": _resolve, "ack": _plain, "unack": _plain, "resolve_by_hand": _plain, "snooze": _snooze,
    "escalate": _escalate, "reassign": _reassign, "note": _note, "fault": _fault, "mend": _fault, "silence": _silence,
    "override": _override, "unusable": _unusable, "source": _source,
}  # fmt: skip
"""By what happens."""
