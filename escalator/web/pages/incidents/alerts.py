"""The alerts of an incident as a person reads them: words first, then where to look, then labels.

Everything here was written by strangers: what looks like an address is one only where it leads to http or https.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from escalator.core.book import Book
from escalator.web.pages.incidents.markdown import is_link, rendered

Json = dict[str, Any]

WORDS: Final = ("summary", "description", "message")
RUNBOOKS: Final = ("runbook_url", "runbook")
LINKS_MOST: Final = 6
TEXT_FROM: Final = 40
"""Characters from which a runbook that is no address is a text, not a name."""


class Link(NamedTuple):
    name: str
    url: str


class Shown(NamedTuple):
    """One alert."""

    status: str
    name: str
    words: tuple[str, ...]
    links: tuple[Link, ...]
    others: tuple[tuple[str, str], ...]
    """Further annotations that are no addresses."""
    labels: Mapping[str, str]
    starts_at: str
    ends_at: str | None
    last_seen: str
    source: str


class Runbook(NamedTuple):
    """What to do, where the alert or the catalogue says it."""

    name: str
    """Of which alert."""
    url: str
    text: Markup | None
    """Rendered, where it is a text of our own and not an address."""


class Alerts(NamedTuple):
    """All of an incident's, as far as a page shows them."""

    shown: tuple[Shown, ...]
    runbooks: tuple[Runbook, ...]
    links: tuple[Link, ...]
    """Of all of them, each once: what is wanted at 3 a.m. stands on top."""
    summary: str
    """What all of them say; nothing where they differ: one's words would be taken for those of all."""


def alerts_of(found: Sequence[Json], book: Book) -> Alerts:
    """`found`: as the store gives them."""
    full = [_catalogued(each, book) for each in found]
    shown = tuple(_shown(each) for each in full)
    links = list(dict.fromkeys(link for each in shown for link in each.links))
    words = {each.words[0] for each in shown if each.words}
    return Alerts(shown, tuple(_runbooks(full)), tuple(_top(links)), words.pop() if len(words) == 1 else "")


def _catalogued(alert: Json, book: Book) -> Json:
    """With the catalogue's words where the sender gave none, as messages have them."""
    known = book.alerts.get(alert["labels"].get("alertname", ""))
    given = {name: text for name, text in alert["annotations"].items() if text}
    return {**alert, "annotations": {**(known.annotations if known else {}), **given}}


def _shown(alert: Json) -> Shown:
    said: Mapping[str, str] = alert["annotations"]
    links = [Link(_spoken(name), text) for name, text in said.items() if is_link(text)]
    if is_link(alert["generator_url"]):
        links.append(Link("Source", alert["generator_url"]))
    rest = [
        (name, text)
        for name, text in said.items()
        if name not in WORDS and not is_link(text) and not (name in RUNBOOKS and _is_text(text))
    ]
    words = tuple(said[name] for name in WORDS if said.get(name))
    name = alert["labels"].get("alertname", alert["fingerprint"])
    return Shown(
        alert["status"], name, words, tuple(links), tuple(rest), alert["labels"], alert["starts_at"],
        alert["ends_at"], alert["last_seen"], alert["source"],
    )  # fmt: skip


def _spoken(name: str) -> str:
    """`runbook_url` as Runbook, `grafana_dashboard` as Grafana dashboard."""
    words = name.removesuffix("_url").removesuffix("_URL").replace("_", " ").replace("-", " ").strip()
    return (words[:1].upper() + words[1:40]) or "Link"


def _top(links: Iterable[Link]) -> list[Link]:
    """One of each name, runbooks first, what shows graphs next."""
    first: dict[str, Link] = {}
    for link in links:
        first.setdefault(link.name, link)
    return sorted(first.values(), key=lambda link: _rank(link.name))[:LINKS_MOST]


def _rank(name: str) -> int:
    order = ("runbook", "dashboard", "panel", "grafana", "source")
    return next((rank for rank, word in enumerate(order) if word in name.lower()), len(order))


def _runbooks(alerts: Iterable[Json]) -> list[Runbook]:
    found: dict[str, Runbook] = {}
    for alert in alerts:
        for name in RUNBOOKS:
            text = alert["annotations"].get(name, "")
            if is_link(text):
                found.setdefault(text, Runbook(alert["labels"].get("alertname", ""), text, None))
            elif _is_text(text):
                found.setdefault(text, Runbook(alert["labels"].get("alertname", ""), "", rendered(text)))
    return list(found.values())[:LINKS_MOST]


def _is_text(text: str) -> bool:
    return not is_link(text) and (len(text) >= TEXT_FROM or "\n" in text)
