"""The figures that the service publishes about itself; a registry each, so that replicas in one test differ."""

from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from escalator.core.instant import SECOND
from escalator.engine.wakes import Wake

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LONG = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400)


class Metrics:
    """Names are part of the outside interface."""

    def __init__(self, version: str) -> None:
        self.registry = registry = CollectorRegistry()
        self.received = Counter(
            "escalator_alerts_received_total", "Alerts accepted and committed", ["source", "status"], registry=registry
        )
        self.incidents = Gauge("escalator_incidents", "Open incidents", ["status", "severity"], registry=registry)
        self.opened = Counter("escalator_incidents_opened_total", "Incidents opened", registry=registry)
        self.notifications = Counter(
            "escalator_notifications_total", "Attempts to notify, by outcome", ["channel", "outcome"], registry=registry
        )
        self.sending = Histogram(
            "escalator_notification_seconds", "One attempt", ["channel"], buckets=SHORT, registry=registry
        )
        self.first_page = Histogram(
            "escalator_time_to_first_page_seconds", "Opened to first page", buckets=SHORT + LONG[2:], registry=registry
        )
        self.first_ack = Histogram(
            "escalator_time_to_acknowledge_seconds", "From opened to acknowledged", buckets=LONG, registry=registry
        )
        self.lateness = Histogram(
            "escalator_due_lateness_seconds", "How late a deadline was acted upon", buckets=SHORT, registry=registry
        )
        self.outbox = Gauge("escalator_outbox", "Notifications that wait", ["channel", "state"], registry=registry)
        self.revision = Gauge("escalator_policy_revision_info", "The live revision", ["revision"], registry=registry)
        self.policy_error = Gauge("escalator_policy_error", "1 while something newer is refused", registry=registry)
        self.circuit = Gauge("escalator_circuit_open", "1 while a provider is avoided", ["provider"], registry=registry)
        self.findings = Gauge("escalator_audit_findings", "What the auditor found stranded", registry=registry)
        # A label look-up costs ten times the counting, and these two are counted for every request and every message.
        self._received = lru_cache(maxsize=None)(self.received.labels)
        self._outcome = lru_cache(maxsize=None)(self.notifications.labels)
        build = Gauge("escalator_build_info", "This build", ["version"], registry=registry)
        build.labels(version).set(1)

    def accepted(self, source: str, firing: int, resolved: int) -> None:
        """Alerts of one delivery, after its commit."""
        for status, number in (("firing", firing), ("resolved", resolved)):
            if number:
                self._received(source, status).inc(number)

    def attempted(self, via: str, outcome: str, seconds: float) -> None:
        """One attempt to notify."""
        self._outcome(via, outcome).inc()
        self.sending.labels(via).observe(seconds)

    def woke(self, wake: Wake) -> None:
        """What one committed transaction did."""
        if wake.opened:
            self.opened.inc(wake.opened)
        for span in wake.paged_after:
            self.first_page.observe(span / SECOND)
        for span in wake.acknowledged_after:
            self.first_ack.observe(span / SECOND)
        for span in wake.lateness:
            self.lateness.observe(span / SECOND)

    def live(self, revision: int, problem: str | None) -> None:
        self.revision.clear()
        self.revision.labels(str(revision)).set(1)
        self.policy_error.set(1 if problem else 0)
