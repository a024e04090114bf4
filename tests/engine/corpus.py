"""The captured bodies, decoded by the door's own decoder."""

import json
from pathlib import Path
from typing import Any

from escalator.core.instant import SECOND, Instant
from escalator.engine.intake import Delivery
from escalator.web.alertmanager import read

FOLDER = Path(__file__).parent.parent / "corpus"
BODIES = sorted(path.name for path in FOLDER.glob("0*.json"))
FOREIGN = sorted(path.name for path in FOLDER.glob("prom-*.json"))
SEQUENCES: dict[str, dict[str, Any]] = {
    each["id"]: each for each in json.loads((FOLDER / "sequences.json").read_text())
}

AFTER: Instant = 1_795_500_000 * SECOND
"""2026-11-24: later than everything that was captured."""


def body(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def delivery(name: str, now: Instant = AFTER) -> Delivery:
    return read(body(name), "alertmanager", now)


def deliveries(sequence: str) -> list[Delivery]:
    return [delivery(name) for name in SEQUENCES[sequence]["files"]]
