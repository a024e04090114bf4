"""The three forms: a note, a silence with the alert's labels filled in, whom to reassign to. Built, and read back.

Limits (docs.slack.dev/reference/block-kit): an option's text 75 characters and its value 150, 10 checkboxes, 100
options in a menu or in each of its 100 groups, 250 KB in all.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, get_args

from escalator.channels import clean
from escalator.channels.desk import Busy, Declined, Desk, Story
from escalator.channels.slack.carried import belonging, value
from escalator.core.alert import Matcher
from escalator.core.events import Noted, Reassigned
from escalator.core.instant import HOUR
from escalator.core.policy import Target, TargetKind

OPTIONS, MOST_OPTIONS = 100, 1000
"""In one group of a menu, and in all."""
LABELS = 10
HOURS = (("1 hour", 1), ("4 hours", 4), ("12 hours", 12), ("1 day", 24), ("1 week", 168))
BUSY = "The database cannot take it now: send it off again in a few seconds."
AGAIN = "Nothing was changed: close this form and open it again."
ELSEWHERE = "This form belongs to an incident that is not here."
KINDS: tuple[str, ...] = get_args(TargetKind)


def view(name: str, story: Story, desk: Desk) -> dict[str, Any]:
    """The modal of one action. Raises Declined where there is nothing to choose from."""
    number = clean.line(story.incident.get("id", "?"), 12)
    built = {"note": _note, "silence": _silence, "reassign": _reassign}[name](story, desk)
    title = {"note": "Note", "silence": "Silence", "reassign": "Reassign"}[name]
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": value(story.incident),
        "title": _plain(f"{title} #{number}"[:24]),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": built,
    }


async def submitted(payload: Mapping[str, Any], desk: Desk, person: str | None, stranger: str) -> dict[str, Any] | None:
    """Carries a form out; what Slack is answered: None closes it."""
    sent = payload.get("view") or {}
    name, given = str(sent.get("callback_id", "")), _given(sent)
    field = next(iter(given), "text")
    if person is None:
        return _error(field, stranger)
    once = f"slack:{name}:{sent.get('id')}:{sent.get('hash', '')}:{person}"
    try:
        story = await belonging(str(sent.get("private_metadata", "")), desk)
        if story is None:
            return _error(field, ELSEWHERE)
        return await _carry_out(name, story, given, desk, person, once)
    except Declined as declined:
        return _error(field, str(declined))
    except Busy:
        return _error(field, BUSY)


async def _carry_out(
    name: str, story: Story, given: Mapping[str, list[str]], desk: Desk, person: str, once: str
) -> dict[str, Any] | None:
    incident = int(story.incident["id"])
    if name == "note":
        await desk.act(incident, Noted(person, clean.cut("".join(given["text"]), 3000)), once)
    elif name == "reassign":
        targets = tuple(_target(text, desk) for text in given["to"])
        await desk.act(incident, Reassigned(person, targets), once)
    elif name == "silence":
        return await _silenced(story, given, desk, person, once)
    return None


async def _silenced(
    story: Story, given: Mapping[str, list[str]], desk: Desk, person: str, once: str
) -> dict[str, Any] | None:
    known = {_mark(name, text): Matcher(name, "=", text) for name, text in _labels(story)}
    marks = given.get("labels", [])
    if not marks:
        return _error("labels", "A silence needs at least one label.")
    if not known.keys() >= set(marks):
        # A silence with one label less would mute more than was asked for.
        return _error("labels", "The alert's labels have changed: close this form and open it again.")
    if not await desk.first(once):
        return None
    hours = next((hours for _, hours in HOURS if given.get("hours") == [str(hours)]), HOURS[0][1])
    reason = clean.line("".join(given.get("reason", ())), 200) or "from Slack"
    try:
        await desk.silence(tuple(known[mark] for mark in marks), desk.now() + hours * HOUR, person, reason)
    except Busy:
        return _error("labels", AGAIN)  # the form's name is used up: sent off again it would do nothing
    return None


def _note(story: Story, desk: Desk) -> list[dict[str, Any]]:
    element = {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": 3000}
    return [_input("text", "For the timeline", element)]


def _silence(story: Story, desk: Desk) -> list[dict[str, Any]]:
    """Every label of the worst alert is a choice; those that name what fires are chosen."""
    labels, group = _labels(story)[:LABELS], story.incident.get("labels") or {}
    if not labels:
        raise Declined("it has no label to silence by")
    options = [_option(f"{name}={text}", _mark(name, text)) for name, text in labels]
    named = [option for option, (name, _) in zip(options, labels, strict=True) if name in group]
    chosen = named or options[:1]
    labelled = {"type": "checkboxes", "action_id": "labels", "options": options, "initial_options": chosen}
    spans = [_option(text, str(hours)) for text, hours in HOURS]
    until = {"type": "static_select", "action_id": "hours", "options": spans, "initial_option": spans[0]}
    why = {"type": "plain_text_input", "action_id": "reason", "max_length": 200}
    return [
        _input("labels", "Alerts with all of these labels", labelled),
        _input("hours", "For how long", until),
        _input("reason", "Why", why) | {"optional": True},
    ]


def _reassign(story: Story, desk: Desk) -> list[dict[str, Any]]:
    listed = list(_groups(desk))
    if not listed:
        raise Declined("the policies name nobody")
    element = {"type": "multi_static_select", "action_id": "to", "option_groups": listed, "max_selected_items": 10}
    return [_input("to", "Who is paged now", element)]


def _groups(desk: Desk) -> Iterator[dict[str, Any]]:
    """Everybody, in as many groups as it takes."""
    book, room = desk.book, MOST_OPTIONS
    for kind, names in {"person": book.people, "team": book.teams, "schedule": book.schedules}.items():
        fitting = [name for name in names if len(name) < 130][:room]
        room -= len(fitting)
        for start in range(0, len(fitting), OPTIONS):
            part = fitting[start : start + OPTIONS]
            yield {
                "label": _plain(kind.capitalize() if not start else f"{kind.capitalize()}, from {part[0][:40]}"),
                "options": [_option(name, f"{kind}:{name}") for name in part],
            }


def _target(text: str, desk: Desk) -> Target:
    kind, _, name = text.partition(":")
    known = {"person": desk.book.people, "team": desk.book.teams, "schedule": desk.book.schedules}
    if kind not in KINDS or name not in known.get(kind, ()):
        raise Declined(f"the policies know no {clean.line(text, 60)}")
    return Target(kind, name)  # type: ignore[arg-type]  # one of KINDS


def _labels(story: Story) -> Sequence[tuple[str, str]]:
    """Of the worst alert, those that name the incident first; of the incident where it has no alert."""
    group = dict(story.incident.get("labels") or {})
    labels = dict(story.alerts[0].get("labels") or {}) if story.alerts else group
    return sorted(labels.items(), key=lambda each: (each[0] not in group, each[0]))


def _mark(name: str, text: str) -> str:
    """Names a label within the 150 characters of an option's value, however long it is."""
    return f"{name[:80]}={sha256(f'{name}={text}'.encode()).hexdigest()[:24]}"


def _given(sent: Mapping[str, Any]) -> dict[str, list[str]]:
    """By field, what was filled in."""
    found: dict[str, list[str]] = {}
    for block, elements in ((sent.get("state") or {}).get("values") or {}).items():
        for element in elements.values():
            many = element.get("selected_options")
            one = element.get("selected_option")
            text = [str(each.get("value", "")) for each in many] if many is not None else []
            text += [str(one.get("value", ""))] if one else []
            text += [str(element["value"])] if element.get("value") else []
            found[str(block)] = text
    return found


def _error(field: str, text: str) -> dict[str, Any]:
    return {"response_action": "errors", "errors": {field: clean.cut(text, 200)}}


def _input(block: str, label: str, element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "input", "block_id": block, "label": _plain(label), "element": element}


def _option(text: str, carries: str) -> dict[str, Any]:
    return {"text": _plain(clean.line(text, 74)), "value": carries}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text or "–", "emoji": False}
