"""`escalator policy record`: what happened in a while, out of a running service, as `policy replay` plays it again."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from escalator import settings
from escalator.cli import options, output
from escalator.cli.options import Token, Url, Usage
from escalator.cli.policy.books import progress

if TYPE_CHECKING:
    from escalator.cli.client import Service

AT = "/api/v1/record"
PARTS = ("alerts", "incidents")


def record(
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="Incidents opened since then: a span such as 30d, or RFC 3339.")
    ] = "30d",
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Incidents opened before then, RFC 3339; now where not said.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there, not to standard output.")
    ] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Alerts and incidents of a while, with who was paged and who acknowledged when, as one JSON document: what
    `escalator policy replay --record` plays through other policies.

    Example: escalator policy record --since 30d --output last-month.json
    """
    end = _when(options.moment(until)) if until else datetime.now(UTC)
    begin = _begin(since, end)
    service = options.service(url, token)
    with progress("record") as told:
        found = _joined(service, begin, end, told)
    if not found["incidents"]:
        output.warn(f"no incident was opened from {_written(begin)} to {_written(end)}")
    if file is None:
        output.document(found)
    else:
        _write(file, found)
        output.warn(f"incidents: {len(found['incidents'])}, alerts: {len(found['alerts'])}, in {file}")


def _begin(text: str, end: datetime) -> datetime:
    """A span counts back from the end."""
    try:
        begin = end - timedelta(microseconds=settings.span(text))
    except OverflowError as error:
        raise Usage(f"--since {text!r} is too long ago") from error
    except ValueError:
        if not text[:4].isdigit():
            raise Usage(f"--since {text!r}: write a span such as 30d, or a time such as 2026-03-04T09:00:00Z") from None
        begin = _when(options.moment(text))
    if begin >= end:
        raise Usage(f"--since {_written(begin)} is not before --until {_written(end)}")
    return begin


def _when(text: str | None) -> datetime:
    return datetime.fromisoformat(text or "")


def _joined(
    service: "Service", begin: datetime, end: datetime, told: Callable[[int, int, str], None]
) -> dict[str, Any]:
    """All pages as one; what is told is how far in time they have come."""
    found: dict[str, Any] = {"alerts": [], "incidents": [], "next": None}
    whole, cursor = round((end - begin).total_seconds()), None
    while True:
        page = service.get(AT, since=_written(begin), until=_written(end), cursor=cursor)
        for part in PARTS:
            found[part] += page[part]
        cursor = page["next"]
        if cursor is None:
            return found
        reached = _when(page["incidents"][-1]["opened_at"])
        told(round((reached - begin).total_seconds()), whole, f"incidents: {len(found['incidents'])}")


def _written(at: datetime) -> str:
    """As the doors are asked, in UTC."""
    return options.moment(at.isoformat()) or ""


def _write(file: Path, found: dict[str, Any]) -> None:
    try:
        with file.open("w", encoding="utf-8") as written:
            json.dump(found, written, indent=2, ensure_ascii=False)
            written.write("\n")
    except OSError as error:
        raise Usage(f"{file}: {error.strerror}") from error
