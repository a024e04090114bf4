"""`escalator demo`: the whole product in one minute, on this terminal, with nothing configured and nobody disturbed.

A real service on SQLite with the example policies; what would go out is shown here instead.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
from rich.console import Console
from rich.panel import Panel

from escalator import __version__
from escalator.app import logs
from escalator.app.examples import examples, sample
from escalator.app.house import House, Plan
from escalator.app.serving import doors
from escalator.channels.registry import build as build_channels
from escalator.channels.sandbox import Delivered, Sandbox
from escalator.channels.wiring import Wiring
from escalator.core.instant import SECOND, Instant, to_datetime
from escalator.store import schema
from escalator.store.db import Database
from escalator.web import build as build_doors
from escalator.web.server import configuration

FAST = 60.0
"""Minutes run as seconds."""


class Stage:
    """Where the demo shows what happens."""

    def __init__(self, *, as_json: bool) -> None:
        self._console = Console(highlight=False)
        self._as_json = as_json

    def say(self, text: str, title: str | None = None) -> None:
        if not self._as_json:
            self._console.print(Panel(text, title=title, expand=False) if title else text)

    def delivered(self, message: Delivered) -> None:
        if self._as_json:
            print(json.dumps(message._asdict()), flush=True)
            return
        at = to_datetime(message.at).strftime("%H:%M:%S")
        who = message.person or message.address
        self._console.print(f"[dim]{at}[/dim]  [bold]{who}[/bold] by {message.via}: ", end="")
        self._console.print(message.short, markup=False)


async def demo(*, fast: bool, directory: Path | None, port: int, as_json: bool) -> int:
    """Runs until Ctrl-C; 0."""
    logs.configure("console", "error")
    folder = directory or Path(tempfile.mkdtemp(prefix="escalator-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite+aiosqlite:///{folder / 'escalator.db'}"
    await schema.ensure(url)
    clock = quick(FAST) if fast else None
    database = await Database.open(url, clock=clock)
    stage = Stage(as_json=as_json)
    sandbox = Sandbox(database.now, stage.delivered)
    here = f"http://localhost:{port}"
    house = House(
        database,
        Plan(
            policies=examples(), public_url=here, channels=build_channels(Wiring(), sandbox),
            resolve=lambda address: address, version=__version__, pace=FAST if fast else 1.0,
        ),
    )  # fmt: skip
    await house.start()
    server = uvicorn.Server(configuration(build_doors(doors(house, open_mode=True)), "127.0.0.1", port))
    show = asyncio.ensure_future(_show(stage, house, server, here, fast=fast))
    try:
        await server.serve()
    finally:
        show.cancel()
        await house.stop()
    return 0 if server.started else 1


def quick(pace: float) -> Callable[[], Instant]:
    """A clock that starts now and runs so many times faster."""
    start, began = int(time.time() * SECOND), time.monotonic()
    return lambda: start + int((time.monotonic() - began) * pace * SECOND)


async def _show(stage: Stage, house: House, server: uvicorn.Server, here: str, *, fast: bool) -> None:
    while not server.started:  # noqa: ASYNC110  uvicorn tells only by this flag
        await asyncio.sleep(0.05)
    stage.say(
        "This is Escalator with the example policies in [bold]policies/main.yaml[/bold], on SQLite.\n"
        "Nothing leaves this machine: what would go out is shown below."
        + ("\n[bold]--fast[/bold]: minutes run as seconds." if fast else ""),
        "Escalator demo",
    )
    stage.say("\nPrometheus fires [bold]CriticalResponseTime[/bold]; Alertmanager posts its webhook …\n")
    incident = await _fire(here, house)
    stage.say(f"\nIncident [bold]{incident}[/bold] is open and climbs its policy until somebody acknowledges. Do it:")
    stage.say(
        f"  [bold]escalator incident ack {incident} --by ana --url {here}[/bold]   (in .venv/bin)\n"
        f"or open\n  [bold]{here}/incidents/{incident}[/bold]\n"
        "or watch who is paged next. Ctrl-C ends the demo.\n",
    )
    await _follow(stage, here, incident)


async def _fire(here: str, house: House) -> str:
    async with aiohttp.ClientSession() as session:
        body = sample(house.database.now())
        async with session.post(f"{here}/integrations/alertmanager", json=body) as answer:
            answer.raise_for_status()
        found = await _get(session, f"{here}/api/v1/incidents")
        return str(found["items"][0]["id"])


async def _follow(stage: Stage, here: str, incident: str) -> None:
    """Shows the story as the timeline tells it."""
    seen = 0
    async with aiohttp.ClientSession() as session:
        while True:
            lines = await _get(session, f"{here}/api/v1/incidents/{incident}/timeline")
            lines = lines["items"] if isinstance(lines, dict) else lines
            for line in lines[seen:]:
                stage.say(f"[dim]{line['at'][11:19]}  {line['event']}: {line['reason']}[/dim]")
                if line["event"] == "acknowledged":
                    stage.say(
                        "\n[green]Acknowledged: nobody else is paged, and everybody who was told is told so.[/green]"
                    )
            seen = len(lines)
            await asyncio.sleep(0.2)


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        answer.raise_for_status()
        return await answer.json()
