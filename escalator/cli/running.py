"""`escalator serve`, `demo`, `migrate`, `doctor`: this machine's own service, from its settings."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from escalator import config
from escalator.cli import doctor as examination
from escalator.cli import output
from escalator.cli.client import Refused, Unreachable
from escalator.cli.options import Json


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: ESCALATOR_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: ESCALATOR_PORT.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Log as JSON, as ESCALATOR_LOG_FORMAT=json does.")] = False,
) -> None:
    """Run the service until it is told to stop.

    Example: ESCALATOR_POLICIES=policies escalator serve --port 9000
    """
    from escalator import app

    told = _settings(HOST=host, PORT=port, LOG_FORMAT="json" if as_json else None)
    with at_home():
        code = _run(app.serve(told))
    raise typer.Exit(code)


def demo(
    fast: Annotated[bool, typer.Option("--fast", help="Minutes pass as seconds.")] = False,
    directory: Annotated[
        Path | None, typer.Option(help="Where its database goes; a new folder where not said.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the demo listens.")] = 8080,
    as_json: Json = False,
) -> None:
    """An alert fires, somebody is paged in a sandbox that you see here, and you acknowledge.

    Nothing leaves this machine.

    Example: escalator demo --fast
    """
    from escalator import app

    raise typer.Exit(_run(app.demo(fast=fast, directory=directory, port=port, as_json=as_json)))


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 where something is to be done.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the database to this version's schema; `serve` does it by itself.

    Example: escalator migrate --check && echo up to date
    """
    from escalator.store.schema import migrate as bring_forward

    with at_home():
        steps = bring_forward(_settings().database_url.reveal(), check)
    if as_json:
        output.document({"pending" if check else "applied": steps})
    else:
        for step in steps:
            output.say(f"{'to do' if check else 'done'}: {step}")
        if not steps:
            output.say("The database is up to date.")
    if check and steps:
        raise typer.Exit(1)


def doctor(as_json: Json = False) -> None:
    """Check settings, database, policies, channels and clock; page nobody.

    Exit code 1 where something is wrong.

    Example: escalator doctor --json
    """
    environ = config.environment()
    findings = asyncio.run(examination.examine(environ))
    if as_json:
        output.document([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            _report(finding)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@contextmanager
def at_home() -> Iterator[None]:
    """Failures of this machine's own database and sockets as those of the command line."""
    from escalator.store.batch import Refused as StoreRefused
    from escalator.store.batch import Unavailable

    try:
        yield
    except StoreRefused as error:
        raise Refused(str(error)) from error
    except Unavailable as error:
        raise Unreachable(f"the database cannot take it now ({error}); check ESCALATOR_DATABASE_URL") from error
    except OSError as error:
        raise Unreachable(f"{error}; check ESCALATOR_DATABASE_URL, ESCALATOR_HOST and ESCALATOR_PORT") from error


def _report(finding: config.Finding) -> None:
    """One line, or one with more below it: diagnostics have several."""
    first, *rest = finding.text.splitlines() or [""]
    mark = ("warn " if finding.warns else "ok   ") if finding.ok else "WRONG"
    output.say(f"{mark}  {finding.name}: {first}")
    for line in rest:
        output.say(f"       {line}")


def _settings(**options: object) -> config.Settings:
    """The settings, options before variables; warnings go to standard error first."""
    environ = config.environment()
    for name, value in options.items():
        if value is not None:
            environ.pop(f"ESCALATOR_{name}_FILE", None)
            environ[f"ESCALATOR_{name}"] = str(value)
    for warning in config.warnings(environ):
        output.warn(f"warning: {warning}")
    return config.load(environ)


def _run(work: Coroutine[Any, Any, int]) -> int:
    import uvloop

    # uvicorn raises the signal that stopped it a second time. By default that kills the process before leases and
    # database are given back; as SystemExit it passes every `finally` on its way out.
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, _leave)
    return uvloop.run(work)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
