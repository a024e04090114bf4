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
from rich.console import Console
from rich.markup import escape
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
from escalator.web.server import DoorServer, configuration

FAST = 60.0
"""Minutes run as seconds."""


class Stage:
    """Where the demo shows what happens: on the terminal, or as one JSON object a line."""

    def __init__(self, *, as_json: bool) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._as_json = as_json
        self._linked = False
        self.names: dict[str, str] = {}
        """Channel names by address."""

    def say(self, text: str, title: str | None = None) -> None:
        if not self._as_json:
            self._console.print(Panel(text, title=title, expand=False) if title else text)

    def told(self, at: str, text: str) -> None:
        """A line of the incident's story."""
        if not self._as_json:
            self._console.print(f"[dim]{at}  {escape(text)}[/dim]")

    def delivered(self, message: Delivered) -> None:
        """A message, at the moment when it would have arrived."""
        if self._as_json:
            print(json.dumps(message._asdict()), flush=True)
            return
        at = to_datetime(message.at).strftime("%H:%M:%S")
        who = message.person or self.names.get(message.address, message.address)
        text = message.short.split("\n")[0]
        self._console.print(f"{at}  [bold]{escape(who):<12}[/bold] {message.via:<10} {escape(text)}")
        if message.via == "email" and message.acknowledge and not self._linked:
            self._linked = True
            self.say(f"          [dim]with a button that acknowledges: {message.acknowledge}[/dim]")


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
            resolve=lambda address: address, version=__version__, pace=FAST if fast else 1.0, sandbox=sandbox,
        ),
    )  # fmt: skip
    await house.start()
    stage.names = {channel.address: channel.name for channel in house.world.book.channels.values()}
    needs = doors(house, open_mode=True)
    server = DoorServer(configuration(build_doors(needs), "127.0.0.1", port), needs.stopping)
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


async def _show(stage: Stage, house: House, server: DoorServer, here: str, *, fast: bool) -> None:
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
    await asyncio.sleep(0.5)
    stage.say(
        f"\nIncident {incident} is open and climbs its policy until somebody acknowledges. Do it from here:\n\n"
        f"  [bold].venv/bin/escalator incident ack {incident} --by ana --url {here}[/bold]   in a second terminal, or\n"
        f"  [bold]{here}/incidents/{incident}[/bold]   in a browser\n\n"
        "or wait and watch who is paged next. Ctrl-C ends the demo.\n",
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
                stage.told(line["at"][11:19], f"{line['event']}: {line['reason']}")
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
