"""Prometheus, from its rule files: alerting rules become the alert catalogue, which fills missing labels, gives
runbooks, and lets `check` and `verify` know which alerts there are. A part of a policy, not a whole one.
"""

from collections.abc import Iterator, Mapping

from escalator.core.alert import SEVERITIES
from escalator.importers.documents import document, pairs
from escalator.importers.fields import Field, Unimportable
from escalator.importers.sheet import Imported, Sheet
from escalator.importers.writing import Value

TEXTS = {
    "summary": "summary",
    "description": "description",
    "message": "description",
    "runbook_url": "runbook",
    "runbook": "runbook",
}
"""By annotation: the key of the catalogue."""
RESERVED = frozenset({"alertname", *TEXTS.values()})
TEMPLATED = "{{"


def read(files: Mapping[str, bytes]) -> Imported:
    """The catalogue of a directory of rules; raises Unimportable."""
    sheet = Sheet("Prometheus rules")
    known: dict[str, dict[str, str]] = {}
    for name in sorted(files):
        if name.endswith((".yml", ".yaml")):
            for source, rule in _rules(sheet, document(name, files[name])):
                _alert(sheet, source, rule, known)
    if not known:
        raise Unimportable(min(files, default="the directory"), "groups", "no alerting rule is in these files")
    for alert, entry in known.items():
        value: dict[str, Value] = dict(entry)
        sheet.put("alerts", alert, value)
        sheet.report.carried(f"alert {alert}", ", ".join(entry) or "its name")
    return Imported(sheet.files(), sheet.report)


def _rules(sheet: Sheet, file: Field) -> Iterator[tuple[str, Field]]:
    """The alerting rules of a file, of Prometheus or of the Prometheus operator."""
    groups = file["spec"]["groups"] if file["spec"].given else file["groups"]
    for group in groups.items():
        name = group["name"].text("")
        for rule in group["rules"].items():
            if rule["record"].given:
                sheet.report.lost(f"{file.file}, group {name}", "recording rules: they make no alerts")
            else:
                yield f"{file.file}, group {name}, alert {rule['alert'].text()}", rule


def _alert(sheet: Sheet, source: str, rule: Field, known: dict[str, dict[str, str]]) -> None:
    name = rule["alert"].text()
    entry = {**_labels(sheet, source, rule["labels"]), **_texts(sheet, source, rule["annotations"])}
    if "severity" not in entry:
        sheet.report.changed(source, "no severity: it counts as critical")
    if name in known:
        _differing(sheet, source, known[name], entry)
    else:
        known[name] = entry


def _differing(sheet: Sheet, source: str, known: dict[str, str], entry: dict[str, str]) -> None:
    """A name that stands twice keeps what both agree on: the catalogue must not fill in what is true of one alone."""
    for key in [key for key in known if known.get(key) != entry.get(key)]:
        del known[key]
        sheet.report.changed(source, f"there are several alerts of this name, and their `{key}` differs: left out")


def _labels(sheet: Sheet, source: str, labels: Field) -> dict[str, str]:
    found = {}
    for label, value in pairs(labels):
        if TEMPLATED in value or not value:
            sheet.report.lost(
                source,
                f"label `{label}`: its template is filled by Prometheus" if value else f"label `{label}` is empty",
            )
        elif label in RESERVED:
            sheet.report.lost(source, f"label `{label}`: the catalogue has another use for the word")
        else:
            found[label] = value
    severity = found.get("severity")
    if severity is not None and severity not in SEVERITIES:
        sheet.report.changed(source, f"severity `{severity}` counts as critical; ours are {', '.join(SEVERITIES)}")
    return found


def _texts(sheet: Sheet, source: str, annotations: Field) -> dict[str, str]:
    found: dict[str, str] = {}
    for annotation, text in pairs(annotations):
        key = TEXTS.get(annotation)
        if key is None:
            sheet.report.lost(source, f"annotation `{annotation}`: it comes with the alert itself")
        elif TEMPLATED in text:
            sheet.report.lost(
                source, f"annotation `{annotation}`: its template is filled by Prometheus and comes with the alert"
            )
        elif text:
            found.setdefault(key, text)
    return found
