"""One alert, supposed: where it would go, whom it would tell and when, and why not elsewhere.

Law: nothing is decided here. The routing is `core.reasons`', the night is the rehearsal's, played from where the
service stands: overrides, silences and contacts of now, and the incident that the alert would join.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.core.grouping import belongs, group_of, longest_reopening
from escalator.core.instant import Instant, rfc3339, spoken
from escalator.core.reasons import NearMiss, routing, told
from escalator.rehearsal.proof.classes import classes
from escalator.rehearsal.standing import Alone
from escalator.rehearsal.suppose.account import picture, sentence
from escalator.rehearsal.suppose.briefing import brief, zone_of
from escalator.rehearsal.suppose.scenario import Scenario, play
from escalator.rehearsal.suppose.wishes import instant, unplanned
from escalator.rehearsal.telling import moments, texts
from escalator.web.fields import plain
from escalator.web.needs import Needs
from escalator.web.pages.frame import svg

MOST_LABELS: Final = 64
LONGEST: Final = 20_000
"""Characters of what is pasted."""
STEPS: Final = 60
"""Moments of a night that are told."""
_PAIR = re.compile(r'\s*([^\s={},"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,{}\n]*))\s*(?:,|\n|$)')


class Trial(NamedTuple):
    """What became of it."""

    route: str
    where: str
    policy: str | None
    high: bool
    severity: str
    group: Mapping[str, str]
    incident: int | None
    """Which one it would join."""
    repeats: bool
    """It fires already: nothing would be new."""
    near: tuple[Mapping[str, Any], ...]
    sentence: str
    slip: str
    zone: str
    steps: tuple[Mapping[str, Any], ...]
    more: int
    """Moments that are not told."""
    picture: Markup


def labels_of(text: str) -> dict[str, str]:
    """Of one label a line, `{a="b", c="d"}` or a JSON object; raises ValueError."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters")
    found = _json(text) if text.startswith('{"') or text.startswith("{\n") else _pairs(text)
    if not found:
        raise ValueError("write at least alertname=…, one label a line")
    if len(found) > MOST_LABELS:
        raise ValueError(f"at most {MOST_LABELS} labels")
    return {plain(name): plain(value) for name, value in found.items()}


def _json(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this looks like JSON and is none: {error}") from None
    found = found.get("labels", found) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError('a JSON object of texts is wanted, such as {"alertname": "DiskFull"}')
    return found


def _pairs(text: str) -> dict[str, str]:
    name, brace, rest = text.partition("{")
    inner = (rest.rpartition("}")[0] or rest) if brace else text
    found = {"alertname": name.strip()} if brace and name.strip() else {}
    at = 0
    while inner[at:].strip():
        pair = _PAIR.match(inner, at)
        if pair is None:
            raise ValueError(f"{inner[at:].strip()[:60]!r} is no label; write name=value, one a line")
        label, quoted, bare = pair.groups()
        found[label] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip()
        at = pair.end()
    return found


async def scenario_of(needs: Needs, labels: Labels, at: str) -> Scenario:
    """As the service stands now. `at`: an instant as people write it; empty: now. Raises ValueError, Unavailable."""
    book, now = needs.revisions.book, needs.database.now()
    around = await needs.standings.around()
    where = zone_of(book, brief(book, labels, around.overrides, now))
    # Not the second that has begun: an override made in it would be missed.
    when = instant(at, where, now) if at else now
    joins = None if at else await _home(needs, book, labels, now)
    return Scenario(labels, when, around=around, joins=joins)


async def _home(needs: Needs, book: Book, labels: Labels, now: Instant) -> Alone | None:
    filled = book.filled(labels)
    key, _ = group_of(book.route(filled), filled)
    found = await needs.standings.home(key, now - longest_reopening(book))
    return found if found is not None and belongs(found.open.incident, book, now) else None


def tried(book: Book, scenario: Scenario) -> Trial:
    """Plays it: some milliseconds of computing."""
    labels = scenario.labels
    about = brief(book, labels, scenario.around.overrides, scenario.at)
    zone = zone_of(book, about)
    played = play(book, scenario)
    found = routing(book, labels)
    told_at = [each for each in moments(played.night) if scenario.at <= each.at <= played.until]
    steps = [
        {
            "at": rfc3339(each.at),
            "after": spoken(each.at - scenario.at),
            "texts": texts(each),
            "incident": each.incident,
        }
        for each in told_at
    ]
    return Trial(
        found.route.name, found.route.where, about.policy.name if about.policy else None, about.high,
        about.severity.name.lower(), group_of(found.route, book.filled(labels))[1],
        scenario.joins.open.incident.id if scenario.joins else None, scenario.repeats,
        tuple(map(_near, found.near)), sentence(book, about, played), unplanned(labels, book) or "", zone,
        tuple(each for each in steps if each["texts"])[:STEPS], max(0, len(steps) - STEPS),
        svg(picture(book, scenario, played, zone)),
    )  # fmt: skip


def _near(miss: NearMiss) -> dict[str, Any]:
    reasons = [told(matcher, had) for matcher, had in miss.failed]
    return {"route": miss.route.name, "where": miss.route.where, "reasons": reasons, "earlier": miss.earlier}


def example_of(book: Book, policy: str) -> Labels | None:
    """Labels of an alert that this policy takes, the worst kind first; None where no alert reaches it."""
    return next((each.labels for each in classes(book) if each.policy == policy and not each.route.drop), None)
