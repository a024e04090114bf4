"""Doors for those who come from elsewhere: an export in, policy files and a report of what became of everything out.

Law: bytes in, values out. Nothing here asks a network, a disk or a clock; an export that is not as documented raises
Unimportable and nothing else; no secret of the export reaches a file or the report.
"""

from collections.abc import Callable, Mapping

from escalator.importers import alertmanager, goalert, grafana_oncall, opsgenie, pagerduty, prometheus_rules
from escalator.importers.fields import Unimportable
from escalator.importers.report import Report
from escalator.importers.sheet import Imported

__all__ = ["SOURCES", "Imported", "Report", "Unimportable"]

SOURCES: Mapping[str, Callable[[Mapping[str, bytes]], Imported]] = {
    "grafana-oncall": grafana_oncall.read,
    "opsgenie": opsgenie.read,
    "pagerduty": pagerduty.read,
    "goalert": goalert.read,
    "alertmanager": alertmanager.read,
    "prometheus-rules": prometheus_rules.read,
}
