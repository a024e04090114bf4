"""The three forms: a note, a silence with the alert's labels filled in, whom to reassign to. Built, and read back."""

from collections.abc import Mapping
from typing import Any, get_args

from escalator.channels import clean
from escalator.channels.desk import Busy, Declined, Desk, Story
from escalator.channels.slack import blocks
from escalator.core.alert import Matcher
from escalator.core.events import Noted, Reassigned
from escalator.core.instant import HOUR
from escalator.core.policy import Target, TargetKind

OPTIONS = 100
"""In one menu, by Slack's limit; groups may have as many each."""
LABELS = 10
HOURS = (("1 hour", 1), ("4 hours", 4), ("12 hours", 12), ("1 day", 24), ("1 week", 168))
BUSY = "The database cannot take it now: send it off again in a few seconds."
KINDS: tuple[str, ...] = get_args(TargetKind)


def view(name: str, story: Story, desk: Desk) -> dict[str, Any]:
    """The modal of one action."""
    number = clean.line(story.incident.get("id", "?"), 12)
    built = {"note": _note, "silence": _silence, "reassign": _reassign}[name](story, desk)
    title = {"note": "Note", "silence": "Silence", "reassign": "Reassign"}[name]
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": blocks.value(story.incident),
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
    number = str(sent.get("private_metadata", "")).partition(".")[0]
    once = f"slack:{name}:{sent.get('id')}:{sent.get('hash', '')}:{person}"
    try:
        return await _carry_out(name, int(number), given, desk, person, once)
    except (Declined, ValueError) as declined:
        return _error(field, f"{declined}")
    except Busy:
        return _error(field, BUSY)


async def _carry_out(
    name: str, incident: int, given: Mapping[str, list[str]], desk: Desk, person: str, once: str
) -> dict[str, Any] | None:
    if name == "note":
        await desk.act(incident, Noted(person, clean.cut("".join(given["text"]), 3000)), once)
    elif name == "reassign":
        targets = tuple(_target(text, desk) for text in given["to"])
        await desk.act(incident, Reassigned(person, targets), once)
    elif name == "silence":
        matchers = tuple(_matcher(text) for text in given.get("labels", ()))
        if not matchers:
            return _error("labels", "A silence needs at least one label.")
        if not await desk.first(once):
            return None
        hours = int(given["hours"][0])
        reason = clean.line("".join(given.get("reason", ())), 200) or "from Slack"
        await desk.silence(matchers, desk.now() + hours * HOUR, person, reason)
    return None


def _note(story: Story, desk: Desk) -> list[dict[str, Any]]:
    element = {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": 3000}
    return [_input("text", "For the timeline", element)]


def _silence(story: Story, desk: Desk) -> list[dict[str, Any]]:
    """Every label of the worst alert is a choice; those that name what fires are chosen."""
    labels = dict(story.alerts[0]["labels"]) if story.alerts else dict(story.incident.get("labels") or {})
    options = [_option(f"{name}={text}", f"{name}={text}") for name, text in labels.items() if len(name + text) < 70]
    options = options[:LABELS] or [_option("alertname=unknown", "alertname=unknown")]
    group = story.incident.get("labels") or {}
    chosen = [each for each in options if each["value"].partition("=")[0] in group] or options[:1]
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
    book = desk.book
    groups = {"person": book.people, "team": book.teams, "schedule": book.schedules}
    listed = [
        {
            "label": _plain(kind.capitalize()),
            "options": [_option(name, f"{kind}:{name}") for name in list(names)[:OPTIONS]],
        }
        for kind, names in groups.items()
        if names
    ]
    element = {"type": "multi_static_select", "action_id": "to", "option_groups": listed, "max_selected_items": 10}
    return [_input("to", "Who is paged now", element)]


def _target(text: str, desk: Desk) -> Target:
    kind, _, name = text.partition(":")
    known = {"person": desk.book.people, "team": desk.book.teams, "schedule": desk.book.schedules}
    if kind not in KINDS or name not in known.get(kind, ()):
        raise Declined(f"the policies know no {clean.line(text, 60)}")
    return Target(kind, name)  # type: ignore[arg-type]  # one of KINDS


def _matcher(text: str) -> Matcher:
    name, _, value = text.partition("=")
    return Matcher(name, "=", value)


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


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": _plain(clean.line(text, 74)), "value": value[:150]}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text or "–", "emoji": False}
