"""People, teams and channels: who and what can be told, and how. No literal phone number passes here."""

from collections.abc import Iterable, Mapping

from escalator.core.oncall import Contact, Person, Step
from escalator.core.policy import Channel
from escalator.language import forms, scalars
from escalator.language.nodes import Node, Scalar, Table
from escalator.language.scope import Declared, Scope
from escalator.language.shapes.patterns import MAIL, SLACK
from escalator.language.shapes.people import (
    CHANNEL,
    CHANNELS,
    CONTACTS,
    FORM,
    PERSON,
    SECRET_ONLY,
    STEP,
    URGENCIES,
    VIA,
)


def people(scope: Scope, section: Mapping[str, Declared]) -> dict[str, Person]:
    return {name: person(scope, name, each) for name, each in section.items()}


def person(scope: Scope, name: str, declared: Declared) -> Person:
    fields = scope.fields(declared.node, PERSON) or {}
    reached = [contact(scope, key, value) for key, value in _contacts(scope, fields)]
    zone = fields.get("timezone")
    own = fields.get("notification_rules")
    return Person(
        name=name,
        contacts=tuple(each for each in reached if each is not None),
        timezone=scalars.zone(scope, zone) if zone else None,
        rules=rules(scope, own) if own else {},
        quiet=scope.refer("hours", fields["quiet_hours"]) if "quiet_hours" in fields else None,
        where=str(declared.name.mark),
    )


def _contacts(scope: Scope, fields: Mapping[str, Node]) -> list[tuple[str, Node]]:
    node = fields.get("contacts")
    return list((scope.fields(node, CONTACTS) or {}).items()) if node else []


def contact(scope: Scope, via: str, node: Node) -> Contact | None:
    """One way to reach somebody, or something."""
    address = scope.text(node, f"an address for `{via}`")
    if address is None:
        return None
    assert isinstance(node, Scalar)
    refused = refusal(via, address)
    if refused is None or scalars.is_secret(node):
        return Contact(via, address)
    code, message, cure = refused
    scope.error(code, node.mark, message, cure)
    return None


def refusal(via: str, address: str) -> tuple[str, str, str] | None:
    """Why an address that is not `secret:NAME` cannot stand there: code, message, cure."""
    by_name = f"write `{via}: secret:NAME` and set the environment variable NAME, or NAME_FILE"
    if via == "push":
        return None if address == "browser" else ("E132", f"`{address}` is no way to push", "write `push: browser`")
    if address.startswith("secret:"):
        return "E132", f"`{address}` does not name a secret", "letters, digits and `_`: `secret:ALICE_PHONE`"
    if via in SECRET_ONLY:
        return "E220", f"a literal address for `{via}` does not belong into a file", by_name
    if via == "email" and not MAIL.fullmatch(address):
        return "E132", f"`{address}` is not an e-mail address", "`name@example.com`, or `secret:NAME`"
    if via == "slack" and ("://" in address or address.startswith("xox")):
        return "E220", "a token, or the URL of an incoming webhook, is a secret", by_name
    if via == "slack" and not SLACK.fullmatch(address):
        return (
            "E132",
            f"`{address}` is no place in Slack",
            '`"#channel"`, an id such as `U024BE7LH`, or an e-mail address',
        )
    return None


def rules(scope: Scope, node: Node) -> dict[str, tuple[Step, ...]]:
    """Notification rules by urgency."""
    fields = scope.fields(node, URGENCIES) or {}
    return {
        urgency: tuple(step for item in scope.items(steps, "steps") if (step := _step(scope, item)) is not None)
        for urgency, steps in fields.items()
    }


def _step(scope: Scope, node: Node) -> Step | None:
    fields = scope.fields(node, STEP)
    if not fields or "via" not in fields:
        return None
    via = scope.choice(fields["via"], VIA)
    after = scalars.duration(scope, fields["after"], 0) if "after" in fields else 0
    return Step(via, after) if via is not None and after is not None else None


def teams(scope: Scope, section: Mapping[str, Declared]) -> dict[str, tuple[str, ...]]:
    return {name: members(scope, each.node, "the people of a team") for name, each in section.items()}


def members(scope: Scope, node: Node, what: str) -> tuple[str, ...]:
    """Names of people, each once."""
    names = [scope.refer("person", item) for item in scope.items(node, what)]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def channels(scope: Scope, section: Mapping[str, Declared]) -> dict[str, Channel]:
    found = {name: channel(scope, name, each.node) for name, each in section.items()}
    return {name: each for name, each in found.items() if each is not None}


def channel(scope: Scope, name: str, node: Node) -> Channel | None:
    given = scope.fields(node, CHANNEL)
    if given is None:
        return None
    fields = {key: value for key, value in given.items() if key in CHANNELS}
    options = {key: value for key, value in given.items() if key in FORM}
    if len(fields) != 1:
        # An unknown key was already reported; a second complaint about the same word would not help.
        if len(fields) > 1 or (isinstance(node, Table) and not node.entries):
            scope.error("E133", node.mark, "a channel has exactly one way out", "one of " + _listed(CHANNELS))
        return None
    ((via, address),) = fields.items()
    if options and via != "webhook":
        first = next(iter(options.values()))
        scope.error("E133", first.mark, f"only a webhook has {_listed(FORM)}", "leave it out, or use `webhook`")
    way = contact(scope, via, address)
    form = forms.form(scope, options) if options and via == "webhook" else None
    return Channel(name, way.via, way.address, form) if way else None


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
