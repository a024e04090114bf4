"""What really happened, as a rehearsal can play it again: deliveries of alerts, and who acknowledged which when.

Read from what the service keeps (`escalator policy record`), or from a Prometheus export of its ALERTS series. Raises
Unreadable, which says what is wrong where.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from escalator.core.alert import Alert, fingerprint_of, identity
from escalator.core.instant import MINUTE, SECOND, Instant, Span, from_datetime

PROMETHEUS = "prometheus"
OURS = frozenset({"__name__", "alertstate"})
MISSED = 2.5
"""Steps of an export without a sample after which an alert counts as over."""


class Unreadable(ValueError):
    """It is no such recording; the text says why."""


class Heard(NamedTuple):
    """One delivery."""

    at: Instant
    alerts: tuple[Alert, ...]


class Answer(NamedTuple):
    """Somebody acknowledged the incident of these alerts."""

    at: Instant
    by: str
    keys: frozenset[int]


class Recording(NamedTuple):
    """All of it, in the order of time."""

    deliveries: tuple[Heard, ...]
    answers: tuple[Answer, ...] = ()

    @property
    def since(self) -> Instant:
        return self.deliveries[0].at if self.deliveries else 0

    @property
    def until(self) -> Instant:
        return self.deliveries[-1].at if self.deliveries else 0


class Episode(NamedTuple):
    """One alert from its first report to its end."""

    source: str
    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: Instant
    """When it was heard first."""
    starts_at: Instant
    ends_at: Instant | None

    def reports(self) -> Iterator[Heard]:
        alert = Alert(self.source, self.fingerprint, self.labels, self.annotations, True, self.starts_at, None)
        yield Heard(self.at, (alert,))
        if self.ends_at is not None:
            end = max(self.ends_at, self.at)
            yield Heard(end, (alert._replace(firing=False, ends_at=end),))


def played(episodes: Iterable[Episode], answers: Iterable[Answer] = ()) -> Recording:
    """Reports of the same instant are one delivery; what fires comes before what ends."""
    reports = sorted(
        (report for episode in episodes for report in episode.reports()),
        key=lambda report: (report.at, not report.alerts[0].firing),
    )
    together = (
        Heard(at, tuple(alert for report in found for alert in report.alerts))
        for at, found in groupby(reports, key=lambda report: report.at)
    )
    return Recording(tuple(together), tuple(sorted(answers)))


def from_prometheus(document: Any) -> Recording:
    """Of the answer to `query_range` for `ALERTS{alertstate="firing"}`: a matrix, one series an alert."""
    try:
        found = document.get("data", document)["result"]
        return played(episode for series in found for episode in _series(series, _step(found)))
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        reason = 'expected the answer to query_range?query=ALERTS{alertstate="firing"}, a matrix'
        raise Unreadable(f"{reason} ({type(error).__name__}: {error})") from error


def _step(found: Iterable[Any]) -> Span:
    """The smallest distance of two samples."""
    times = [[_instant(sample[0]) for sample in series["values"]] for series in found]
    return min((b - a for series in times for a, b in pairwise(series) if b > a), default=MINUTE)


def _series(series: Any, step: Span) -> Iterator[Episode]:
    metric = {str(name): str(value) for name, value in series["metric"].items()}
    if metric.get("alertstate", "firing") != "firing":
        return
    labels = {name: value for name, value in metric.items() if name not in OURS}
    begun = last = None
    for at in sorted(_instant(sample[0]) for sample in series["values"]):
        if begun is not None and last is not None and at - last > MISSED * step:
            yield Episode(PROMETHEUS, fingerprint_of(labels), labels, {}, begun, begun, last + step)
            begun = None
        begun, last = at if begun is None else begun, at
    if begun is not None and last is not None:
        yield Episode(PROMETHEUS, fingerprint_of(labels), labels, {}, begun, begun, last + step)


def _instant(seconds: Any) -> Instant:
    return round(float(seconds) * SECOND)


def instant_of(text: Any) -> Instant | None:
    """Of RFC 3339; None for null. Raises ValueError."""
    return None if text is None else from_datetime(datetime.fromisoformat(str(text)))


def from_record(document: Any) -> Recording:
    """Of what `escalator policy record` writes: alerts, each with its incident, and incidents with their answers."""
    try:
        keys: dict[int, set[int]] = {}
        episodes = [_episode(each, keys) for each in document["alerts"]]
        answers = [
            Answer(_known(given["at"]), str(given["by"]), frozenset(keys.get(int(incident["id"]), ())))
            for incident in document["incidents"]
            for given in incident["acknowledged"]
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"it is no record of Escalator's ({type(error).__name__}: {error})") from error
    return played(episodes, answers)


def _episode(each: Any, keys: dict[int, set[int]]) -> Episode:
    labels = {str(name): str(value) for name, value in each["labels"].items()}
    annotations = {str(name): str(value) for name, value in each.get("annotations", {}).items()}
    source, fingerprint = str(each["source"]), str(each["fingerprint"])
    keys.setdefault(int(each["incident"]), set()).add(identity(source, fingerprint))
    start = _known(each["starts_at"])
    heard = instant_of(each.get("received_at"))
    return Episode(
        source, fingerprint, labels, annotations, start if heard is None else heard, start, instant_of(each["ends_at"])
    )


def _known(text: Any) -> Instant:
    at = instant_of(text)
    if at is None:
        raise ValueError("a time is missing")
    return at
