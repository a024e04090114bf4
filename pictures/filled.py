"""A filled house: the company's five weeks and its night, served on loopback as it would be in earnest.

What was lived once is kept in the temporary folder, named by everything that could make it different.
"""

import asyncio
import hashlib
import pickle
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from escalator import __version__
from escalator.app.house import House, Plan
from escalator.app.serving import doors
from escalator.channels.registry import build as build_channels
from escalator.channels.sandbox import Sandbox
from escalator.channels.wiring import Wiring
from escalator.core.instant import Instant
from escalator.store import schema
from escalator.store.db import Database
from escalator.store.tables import METADATA
from escalator.web import build
from escalator.web.server import DoorServer, configuration
from pictures.arranged import arrange
from pictures.night import night
from pictures.revisions import STEPS, commit
from pictures.weeks import NOW, PROVED, Weeks, address, machine

HERE = Path(__file__).parent
COMPANY = HERE / "company"
ROOMS = ("core", "engine", "store", "language", "channels")
SHOWN = 300
"""Messages of the past that the sandbox still shows."""


class Lived(NamedTuple):
    """What the company left behind."""

    database: Path
    messages: Path
    policies: Path


class Filled(NamedTuple):
    """The house that serves it."""

    house: House
    base: str
    """`http://127.0.0.1:PORT`."""


def lived() -> Lived:
    """The company's life until NOW; lived once for each state of the code."""
    folder = Path(tempfile.gettempdir()) / f"escalator-filled-{_mark()}"
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(prefix="escalator-filling-"))
        live_it(fresh)
        try:
            fresh.rename(folder)
        except OSError:  # another was faster
            shutil.rmtree(fresh)
    return Lived(folder / "escalator.db", folder / "messages", folder / "policies")


def live_it(folder: Path) -> None:
    """Five weeks in some seconds."""
    policies = folder / "policies"
    commit(policies, STEPS[0])
    company = Weeks(policies)
    for step in STEPS[1:]:
        company.at(step.at, lambda step=step: company.admits(lambda: commit(policies, step)))
    company.plan()
    arrange(company)
    night(company)
    company.live(NOW)
    company.does(company.house.upkeep.seal())
    asyncio.run(schema.ensure(f"sqlite:///{folder / 'escalator.db'}"))
    _pour(company._memory.connection, folder / "escalator.db")
    kept = [(each.delivered, each.message) for each in reversed(company.sandbox.newest(SHOWN))]
    (folder / "messages").write_bytes(pickle.dumps(kept))
    company.close()


def _pour(memory: Connection, path: Path) -> None:
    """What is in memory into a file that was migrated."""
    memory.exec_driver_sql("COMMIT") if memory.in_transaction() else None
    driver = memory.connection.driver_connection
    assert driver is not None
    driver.execute("ATTACH ? AS file", (str(path),))
    driver.execute("BEGIN")
    for table in METADATA.sorted_tables:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        driver.execute(f'DELETE FROM file."{table.name}"')  # noqa: S608
        driver.execute(f'INSERT INTO file."{table.name}" ({names}) SELECT {names} FROM main."{table.name}"')  # noqa: S608
    driver.execute("COMMIT")
    driver.execute("DETACH file")


def _mark() -> str:
    """Of everything on which that life depends."""
    package = HERE.parent / "escalator"
    files = [path for room in ROOMS for path in sorted((package / room).rglob("*.py"))]
    files += [
        *sorted(HERE.glob("*.py")),
        *sorted(COMPANY.iterdir()),
        *sorted((HERE.parent / "migrations").rglob("*.py")),
    ]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@asynccontextmanager
async def filled(
    clock: Callable[[], Instant] = lambda: NOW, *, open_mode: bool = True, port: int = 0
) -> AsyncIterator[Filled]:
    """Serves it until the block ends. `clock`: stands still at NOW if nobody says otherwise."""
    folder = Path(tempfile.mkdtemp(prefix="escalator-house-"))
    past = await asyncio.to_thread(lived)
    shutil.copy(past.database, folder / "escalator.db")
    database = await Database.open(f"sqlite+aiosqlite:///{folder / 'escalator.db'}", clock=clock)
    with machine("escalator-1"):
        house = House(database, _plan(past.policies, _sandbox(past.messages, clock)))
    house.revisions.origin.shown = "/etc/escalator/policies"
    try:
        await house.start()
        async with served(house, open_mode=open_mode, port=port) as base:
            yield Filled(house, base)
    finally:
        await house.stop(0.2)
        shutil.rmtree(folder)


def _plan(policies: Path, sandbox: Sandbox) -> Plan:
    channels = build_channels(Wiring(), sandbox)
    for via in PROVED:
        channels[via].verifies = True
    channels["push"].registers = True
    return Plan(
        policies=policies, public_url="http://localhost:8080", channels=channels, resolve=address, version=__version__,
        sandbox=sandbox,
    )  # fmt: skip


def _sandbox(messages: Path, clock: Callable[[], Instant]) -> Sandbox:
    """An outbox in which the messages of the past lie, each at its time."""
    at: list[Instant] = []
    sandbox = Sandbox(lambda: at[-1] if at else clock())
    for delivered, message in pickle.loads(messages.read_bytes()):  # noqa: S301  our own file
        at.append(delivered.at)
        sandbox.take(delivered.via, delivered.address, message)
    at.clear()
    return sandbox


@asynccontextmanager
async def served(house: House, *, open_mode: bool = True, port: int = 0) -> AsyncIterator[str]:
    """The doors of a house by real HTTP on loopback; port 0: a free one."""
    needs = doors(house, open_mode=open_mode)
    config = configuration(build(needs), "127.0.0.1", port)
    config.lifespan = "off"
    server = DoorServer(config, needs.stopping)
    running = asyncio.ensure_future(server._serve())
    while not server.started:  # noqa: ASYNC110  uvicorn tells only by this flag
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


__all__ = ["COMPANY", "NOW", "Filled", "filled", "lived", "served"]
