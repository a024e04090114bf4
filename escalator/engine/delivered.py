"""One request of a sender, decoded; and what it implies beyond the alerts that it lists."""

from typing import NamedTuple

from escalator.core.alert import Alert, digest
from escalator.core.instant import Instant


class Delivery(NamedTuple):
    """One request of a sender, decoded."""

    source: str
    alerts: tuple[Alert, ...]
    truncated: int = 0
    """How many further alerts the sender cut off."""
    group: str = ""
    """Alertmanager's groupKey."""
    sender: str = ""
    """Alertmanager's externalURL."""


def cut_off(delivery: Delivery) -> int:
    """The key of the alert that stands for what a body of this group does not list."""
    return digest(delivery.source, delivery.group, "truncated")


def truncation(delivery: Delivery, key: int, now: Instant) -> Alert:
    """The synthetic alert for what a truncated body does not list: in the group of the first alert that it does.

    It keeps that incident open and resolves at the next body of the same group that lists everything.
    """
    text = {"summary": f"{delivery.truncated} further alerts of this group were cut off by the sender (max_alerts)"}
    firing, ends_at = delivery.truncated > 0, None if delivery.truncated > 0 else now
    fingerprint = f"{key & 0xFFFF_FFFF_FFFF_FFFF:016x}"
    return Alert(delivery.source, fingerprint, delivery.alerts[0].labels, text, firing, now, ends_at)
