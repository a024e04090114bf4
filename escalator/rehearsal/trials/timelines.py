"""What a night brought, in lines that are kept in a test: `5m`, `ana paged by push, sms, email (level 2)`.

Law: the same night always gives the same lines, and no line holds an address or a secret.
"""

from collections.abc import Iterable, Iterator

from escalator.core.instant import SECOND, Span
from escalator.language.scalars import UNITS
from escalator.language.trials.values import Golden
from escalator.rehearsal.records import Message
from escalator.rehearsal.telling import QUIET, Moment
from escalator.rehearsal.trials.playing import Played


def timeline(played: Played) -> list[Golden]:
    """All of it; of several incidents each line says which."""
    several = len({moment.incident for moment in played.moments}) > 1
    return [
        Golden(exact(moment.at - played.trial.starts), f"incident {moment.incident}, {text}" if several else text)
        for moment in played.moments
        for text in said(moment)
    ]


def exact(span: Span) -> str:
    """A span as tests write it, nothing left out: `1d2h`, `90.5s` as `1m30.5s`."""
    parts, left = [], span
    for unit, size in UNITS.items():
        if unit == "s":
            break
        count, left = divmod(left, size)
        parts += [f"{count}{unit}"] if count else []
    if left or not parts:
        parts.append(f"{left / SECOND:.6f}".rstrip("0").rstrip(".") + "s")
    return "".join(parts)


def said(moment: Moment) -> Iterator[str]:
    """One instant of one incident: the story, then who was paged, who was not reached, who was told."""
    for line in moment.lines:
        if line.entry.event not in QUIET and line.entry.event != "paged":
            yield " ".join(line.entry.reason.split())
    heard = [message for message in moment.messages if message.page and message.heard]
    for person, level, ways in _by_person(heard):
        yield f"{person} paged by {', '.join(ways)}{_level(level)}"
    if moment.channels:
        level = next(message.level for message in heard if not message.person)
        yield f"{', '.join(moment.channels)} paged{_level(level)}"
    for name, level, ways in _by_person(message for message in moment.messages if message.page and not message.heard):
        yield f"{name} not reached by {', '.join(ways)}{_level(level)}"
    if moment.told:
        yield f"told {', '.join(moment.told)}"


def _by_person(messages: Iterable[Message]) -> list[tuple[str, int, list[str]]]:
    found: dict[tuple[str, int], list[str]] = {}
    for message in messages:
        name = message.person or (message.channel if not message.heard else None)
        if name:
            ways = found.setdefault((name, message.level), [])
            ways += [] if message.via in ways else [message.via]
    return [(name, level, ways) for (name, level), ways in found.items()]


def _level(level: int) -> str:
    return f" (level {level})" if level else ""
