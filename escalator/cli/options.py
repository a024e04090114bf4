"""Options that several commands share, and what people may write in them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from escalator import config, settings
from escalator.cli.client import Service

Url = Annotated[
    str | None, typer.Option("--url", help="The service. Default: ESCALATOR_URL, else http://localhost:8080.")
]
Token = Annotated[str | None, typer.Option("--token", help="The access token. Better: ESCALATOR_TOKEN or its _FILE.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it, where the token names nobody.")]
Note = Annotated[str | None, typer.Option("--note", help="Why; stands in the timeline.")]
Labels = Annotated[list[str] | None, typer.Option("--label", "-l", metavar="K=V", help="A label. Repeatable.")]
Match = Annotated[
    list[str] | None,
    typer.Option("--match", "-m", metavar="MATCHER", help="label=value, !=, =~ or !~. Repeatable: all must match."),
]
Moment = Annotated[str | None, typer.Option(metavar="TIME", help="RFC 3339, as 2026-03-04T09:00:00Z.")]

TARGETS = ("person", "schedule", "next_on_call", "team", "channel")


class Usage(Exception):
    """An argument that cannot be understood: exit 2."""


def service(url: str | None, token: str | None) -> Service:
    """The service that the options, else the environment, name."""
    known_url, known_token = config.client(config.environment())
    try:
        return Service(settings.web_address(url) if url else known_url, settings.token(token) if token else known_token)
    except ValueError as error:
        raise Usage(f"--url or --token: {error}") from error


def moment(text: str | None) -> str | None:
    """An instant as the doors want it: RFC 3339 in UTC."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise Usage(f"{text!r} is no time; write 2026-03-04T09:00:00Z") from error
    if parsed.tzinfo is None:
        raise Usage(f"{text!r} has no zone; write {text}Z for UTC, or an offset such as {text}+01:00")
    return _rfc3339(parsed)


def span(text: str | None) -> str | None:
    """The text itself, once it is known to be a span."""
    try:
        if text is not None:
            settings.span(text)
    except ValueError as error:
        raise Usage(f"{text!r} is no span; {error}") from error
    return text


def pairs(given: Sequence[str] | None) -> dict[str, str]:
    """`k=v` arguments as labels."""
    found = dict(pair.partition("=")[::2] for pair in given or ())
    if bad := [pair for pair in given or () if not pair.partition("=")[0] or "=" not in pair]:
        raise Usage(f"{bad[0]!r} is no label; write name=value")
    return found


def target(text: str) -> dict[str, str]:
    """`alice` and `person:alice` as `{"person": "alice"}`; `schedule:boardroom`, `team:sre` and so on likewise."""
    kind, colon, name = text.partition(":")
    if not colon:
        return {"person": text}
    if kind not in TARGETS or not name:
        raise Usage(
            f"{text!r} is no target; write a person's name or one of {', '.join(f'{kind}:…' for kind in TARGETS)}"
        )
    return {kind: name}


def given(**fields: Any) -> dict[str, Any]:
    """A request's body without what was not said."""
    return {name: value for name, value in fields.items() if value is not None}


def _rfc3339(parsed: datetime) -> str:
    return parsed.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(".000Z", "Z")
