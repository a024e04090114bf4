"""`/system`: whether pages can go out now, by which channels, what waits, which replicas live, on what they stand."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry
from starlette.responses import HTMLResponse

from escalator.core.instant import MINUTE, SECOND, Instant, Span, rfc3339
from escalator.engine.health import DEAD_AFTER, ChannelHealth
from escalator.store.health import Replica
from escalator.store.schema import HEAD
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader
from escalator.web.pages.frame import console

router = APIRouter(include_in_schema=False)

LATENESS = "escalator_due_lateness_seconds"
SLOW: Span = 5 * SECOND
"""A channel whose p95 is longer is called slow."""
STUCK: Span = MINUTE
"""A message that could have left for longer is called stuck."""


class Late(NamedTuple):
    """How late deadlines were acted upon since this process began, from its own histogram."""

    number: int
    p50: str
    p99: str
    """Upper bounds: `at most 5 ms`."""


@router.get("/system")
@router.head("/system")
async def show_system(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """All of it on one page."""
    now = needs.database.now()
    health = await needs.vitals.read()
    ready, detail = needs.upkeep.ready()
    return console(
        request, needs, visitor, "system/overview.html", at="system", tab="overview", ready=ready, detail=detail,
        channels=[_channel(each, now) for each in health.channels], late=lateness(needs.metrics.registry),
        replicas=[_replica(each, now) for each in health.replicas], size=readable(health.size), schema=HEAD,
        unused=_unused(needs, health.channels), sandbox=needs.outbox is not None,
    )  # fmt: skip


def verdict(channel: ChannelHealth, now: Instant) -> tuple[str, str]:
    """(tone, word): whether this way out works, by what was tried and what waits."""
    if channel.circuits:
        return "bad", "avoided"
    oldest = channel.waiting.oldest if channel.waiting else None
    if oldest is not None and now - oldest > STUCK:
        return "bad", "stuck"
    if not channel.attempts:
        return "", "not used today"
    if channel.good < channel.attempts / 2:
        return "bad", "failing"
    if channel.good < channel.attempts * 0.95:
        return "warn", "unsteady"
    if (channel.took.p95 or 0) > SLOW:
        return "warn", "slow"
    return "done", "works"


def _channel(each: ChannelHealth, now: Instant) -> dict[str, Any]:
    tone, word = verdict(each, now)
    waiting = each.waiting
    return {
        "via": each.via, "tone": tone, "word": word, "attempts": each.attempts, "good": each.good,
        "share": _share(each.good, each.attempts),
        "median": spoken_ms(each.took.median), "p95": spoken_ms(each.took.p95), "why": each.why,
        "failed_at": None if each.failed_at is None else rfc3339(each.failed_at),
        "due": waiting.due if waiting else 0, "later": waiting.later if waiting else 0,
        "oldest": rfc3339(waiting.oldest) if waiting and waiting.oldest is not None else None,
        "circuits": [
            {"provider": name, "failures": circuit.failures, "since": rfc3339(circuit.opened_at or 0),
             "probe_at": rfc3339(circuit.probe_at)}
            for name, circuit in each.circuits
        ],
    }  # fmt: skip


def _share(good: int, attempts: int) -> str:
    return "all" if good == attempts else "none" if not good else f"{100 * good / attempts:.1f} %"


def _replica(each: Replica, now: Instant) -> dict[str, Any]:
    return {
        "writer": each.writer, "version": each.version, "revision": each.revision,
        "alive": now - each.seen_at < DEAD_AFTER,
        "started_at": rfc3339(each.started_at), "seen_at": rfc3339(each.seen_at),
    }  # fmt: skip


def _unused(needs: Needs, channels: tuple[ChannelHealth, ...]) -> list[str]:
    """Ways out that the policies name and that are not set up here."""
    book = needs.revisions.book
    named = {contact.via for person in book.people.values() for contact in person.contacts}
    named |= {channel.via for channel in book.channels.values()}
    return sorted(named - {each.via for each in channels})


def spoken_ms(span: Span | None) -> str:
    if span is None:
        return "–"
    return f"{span / 1000:.0f} ms" if span < SECOND else f"{span / SECOND:.1f} s"


def readable(size: int) -> str:
    """Bytes for people."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def lateness(registry: CollectorRegistry) -> Late | None:
    """None while no deadline has passed."""
    buckets = sorted(_buckets(registry))
    total = int(buckets[-1][1]) if buckets else 0
    if not total:
        return None
    return Late(total, _within(buckets, total * 0.5), _within(buckets, total * 0.99))


def _buckets(registry: CollectorRegistry) -> Iterator[tuple[float, float]]:
    for family in registry.collect():
        if family.name == LATENESS:
            for sample in family.samples:
                if sample.name.endswith("_bucket"):
                    yield float(sample.labels["le"]), sample.value


def _within(buckets: list[tuple[float, float]], wanted: float) -> str:
    bound = next(bound for bound, number in buckets if number >= wanted)
    if bound == float("inf"):
        return f"more than {spoken_ms(int(buckets[-2][0] * SECOND))}"
    return f"at most {spoken_ms(int(bound * SECOND))}"
