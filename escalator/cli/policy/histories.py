"""Files that tell what happened, whichever of three forms they have: to one recording.

Told apart by what is in them, so that nobody has to say which it is.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalator.cli.options import Usage

if TYPE_CHECKING:
    from escalator.rehearsal.history.recording import Answer, Heard, Recording


def recording_of(files: Sequence[Path]) -> "Recording":
    """All files as one; raises Usage, which says what is wrong with which."""
    from escalator.rehearsal.history.recording import Recording, Unreadable

    deliveries: list[Heard] = []
    answers: list[Answer] = []
    for file in files:
        for each in sorted(file.glob("**/*.json")) if file.is_dir() else [file]:
            try:
                found = _one(each)
            except (Unreadable, OSError, ValueError) as error:
                raise Usage(f"{each}: {error}") from error
            deliveries += found.deliveries
            answers += found.answers
    return Recording(tuple(sorted(deliveries, key=lambda heard: heard.at)), tuple(sorted(answers)))


def _one(file: Path) -> "Recording":
    from escalator.rehearsal.history.recording import from_prometheus, from_record

    text = file.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
    except ValueError:
        return _logged(list(_lines(text)))
    if isinstance(document, dict) and "incidents" in document:
        return from_record(document)
    if isinstance(document, dict) and "result" in (document.get("data") or document):
        return from_prometheus(document)
    return _logged(document if isinstance(document, list) else [document])


def _lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number} is not JSON: {error}") from error


def _logged(bodies: Any) -> "Recording":
    """Alertmanager's webhooks, each alone or as `{"received_at": …, "body": {…}}`."""
    from escalator.core.instant import LATEST
    from escalator.rehearsal.history.recording import Heard, Recording, instant_of
    from escalator.web.alertmanager import read

    found = []
    for body in bodies:
        if not isinstance(body, dict):
            raise ValueError("expected the JSON bodies of Alertmanager's webhooks")
        at = instant_of(body.get("received_at"))
        inner = body.get("body", body)
        alerts = read(json.dumps(inner).encode(), "alertmanager", LATEST if at is None else at).alerts
        if alerts:
            found.append(Heard(at or max(_told(alert.starts_at, alert.ends_at) for alert in alerts), alerts))
    return Recording(tuple(found))


def _told(starts_at: int, ends_at: int | None) -> int:
    """When a body that does not say it was sent: at the newest change that it tells of."""
    return starts_at if ends_at is None else ends_at
