"""What to do about a noisy alert, each piece with the numbers that speak for it and what it costs.

Law: nothing is advised from fewer than a handful of incidents. That a critical alert should wake nobody is never said
without the incidents that show it; what is critical is changed where the alert is made, not hidden on its way.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from escalator.core.alert import Labels, Severity
from escalator.core.insight.burdens import HANDFUL
from escalator.core.insight.noise import Noise
from escalator.core.instant import HOUR, MINUTE, Span, spoken
from escalator.core.spread import percentile

PASSING = 0.5
"""Of all incidents: so many pass by themselves before anybody acts."""
CROWDED = 0.5
FLAPPING = 0.3
UNHEEDED, BY_ITSELF = 0.1, 0.8
"""At most so many were acknowledged, and at least so many ended with nobody acting."""
MOST_OF = 90
"""Percent of the passing ones that a longer wait should outlast."""
REOPEN: Span = HOUR
KEEP: Span = 10 * MINUTE

Kind = Literal["wait", "keep", "group", "reopen", "urgency", "severity"]


class Advice(NamedTuple):
    """One thing to do."""

    kind: Kind
    title: str
    why: str
    """The numbers."""
    cost: str
    """What it is paid with."""
    span: Span = 0
    """How long to wait, or to reopen."""
    labels: tuple[str, ...] = ()
    """What to group by."""


def advice(noise: Noise, crowd: Sequence[Labels], short: Span) -> tuple[Advice, ...]:
    """`crowd`: group labels of some that opened together; `short`: what counts as passing by itself."""
    if not noise.group.name or noise.group.incidents < HANDFUL:
        return ()
    found = (_wait(noise, short), _keep(noise), _group(noise, crowd), _reopen(noise), _urgency(noise))
    return tuple(each for each in found if each is not None)


def _wait(noise: Noise, short: Span) -> Advice | None:
    """Lives that are shorter than the wait would not have become incidents."""
    lives, count = noise.passing, noise.group.incidents
    if len(lives) < HANDFUL or noise.short < PASSING:
        return None
    wait = max(MINUTE, -(-percentile(lives, MOST_OF) // MINUTE) * MINUTE)
    spared = sum(life <= wait for life in lives)
    return Advice(
        "wait",
        f"Let it wait {spoken(wait)} longer before it fires",
        f"{len(lives)} of {count} incidents ended by themselves within {spoken(short)}, with nobody acting; "
        f"{spared} of them lasted {spoken(wait)} at most.",
        f"What is real pages {spoken(wait)} later.",
        span=wait,
    )


def _keep(noise: Noise) -> Advice | None:
    """Each time that it fires again it begins anew with level 1."""
    group = noise.group
    if group.reopened < HANDFUL or group.reopened / group.incidents < FLAPPING:
        return None
    return Advice(
        "keep",
        f"Let it keep firing for {spoken(KEEP)} after its condition is over",
        f"{group.reopened} of {group.incidents} incidents were over and fired again inside the reopen window, "
        "each from level 1.",
        f"Every incident of it ends {spoken(KEEP)} later.",
        span=KEEP,
    )


def _group(noise: Noise, crowd: Sequence[Labels]) -> Advice | None:
    together, count = noise.group.together, noise.group.incidents
    kept = fewer(crowd)
    if together < HANDFUL or together / count < CROWDED or kept is None:
        return None
    names, before, after = kept
    what = f"by {', '.join(names)}" if names else "into one incident"
    return Advice(
        "group",
        f"Group it {what}",
        f"{together} of {count} incidents opened within five minutes after another one of the same alert; "
        f"the newest of them were {before} groups, and would have been {after}.",
        "Alerts that belong to different causes may share an incident; each still stands in it.",
        labels=names,
    )


def fewer(crowd: Sequence[Labels]) -> tuple[tuple[str, ...], int, int] | None:
    """Labels to keep, groups as they are, groups then: those with the most values go first, until half of the groups
    are gone. None where that cannot be had.
    """
    names = list(dict.fromkeys(name for labels in crowd for name in labels))
    values = {name: len({labels.get(name, "") for labels in crowd}) for name in names}
    before = _groups(crowd, names)
    kept = list(names)
    for name in sorted(names, key=lambda each: -values[each]):
        if values[name] < 2 or _groups(crowd, kept) * 2 <= before:
            break
        kept.remove(name)
    after = _groups(crowd, kept)
    return (tuple(kept), before, after) if before > 1 and after * 2 <= before else None


def _groups(crowd: Sequence[Labels], names: Sequence[str]) -> int:
    return len({tuple(labels.get(name, "") for name in names) for labels in crowd})


def _reopen(noise: Noise) -> Advice | None:
    group = noise.group
    if group.again < HANDFUL or group.again / group.incidents < FLAPPING:
        return None
    return Advice(
        "reopen",
        f"Let it reopen its incident for {spoken(REOPEN)}",
        f"{group.again} of {group.incidents} incidents opened within an hour after the one before had been resolved.",
        "An incident that was over is open again for longer; whoever had acknowledged it is paged anew.",
        span=REOPEN,
    )


def _urgency(noise: Noise) -> Advice | None:
    """It pages, and hardly anybody does anything about it."""
    group = noise.group
    answered, alone = len(group.taken), len(group.alone)
    heeded = noise.acknowledged > UNHEEDED or alone / group.incidents < BY_ITSELF
    if heeded or not noise.pages or not group.urgent:
        return None
    why = (
        f"{answered} of {group.incidents} incidents were acknowledged; {alone} ended with nobody acting. "
        f"They made {noise.pages} pages, {noise.at_night} of them at night."
    )
    if group.severity is Severity.CRITICAL:
        cost = "It is critical now: look at the incidents below first. If one of them mattered, leave it as it is."
        return Advice("severity", "Look whether it is critical at all", why, cost)
    return Advice("urgency", "Let it wait for somebody who is awake", why, "Nobody is called for it any more.")
