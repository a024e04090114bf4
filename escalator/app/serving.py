"""`escalator serve`: from settings to a service that answers, until it is told to stop."""

import asyncio
import gc
import sys
from collections.abc import Callable, Mapping

import structlog

from escalator import __version__, config
from escalator.app import logs
from escalator.app.house import House, Plan
from escalator.app.lifesign import lifesign
from escalator.app.watchdog import Watchdog
from escalator.channels import last_resort
from escalator.channels.base import Channel
from escalator.channels.registry import build as build_channels
from escalator.channels.sandbox import Sandbox
from escalator.channels.wiring import Wiring
from escalator.config import Settings, SettingsError
from escalator.engine.keys import Grant
from escalator.engine.proofs import prove
from escalator.settings import Secret, is_loopback
from escalator.store import schema, tokens
from escalator.store.db import Database
from escalator.web import build as build_doors
from escalator.web.needs import Needs
from escalator.web.server import DoorServer, configuration

log = structlog.get_logger()

SWITCH_INTERVAL = 0.0001
"""Seconds: the loop and the database's thread share one interpreter lock; at Python's default of 5 ms each waits too
long for the other, and so does the first message of an incident."""


async def serve(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT; 0 when it stopped well. Raises what makes a start impossible, with its cure."""
    logs.configure(settings.log_format, settings.log_level)
    sys.setswitchinterval(SWITCH_INTERVAL)
    url = settings.database_url.reveal()
    for step in await schema.ensure(url):
        log.info("database migrated", step=step)
    database = await Database.open(url)
    try:
        open_mode = await _open_mode(settings, database)
        house = House(database, plan(settings, database.now))
        await house.start()
    except BaseException:
        await database.close()
        raise
    needs = doors(house, open_mode, settings)
    server = DoorServer(configuration(build_doors(needs), settings.host, settings.port), needs.stopping)
    watchdog = Watchdog()
    watchdog.start(asyncio.get_running_loop())
    # What was built so far stays: walking it at each collection costs the last of a batch 50 ms.
    gc.freeze()
    log.info(
        "serving", url=f"http://{settings.host}:{settings.port}", revision=house.world.book.revision, open=open_mode
    )
    if not open_mode:
        await invite(house, settings)
    try:
        await server.serve()
    finally:
        watchdog.stop()
        await house.stop()
    return 0 if server.started else 1


async def _open_mode(settings: Settings, database: Database) -> bool:
    """Whether everybody on this machine may do everything; raises SettingsError where others could reach it."""
    made = await database.read(tokens.any_valid)
    if made or settings.ingest_token or settings.admin_token:
        return False
    if not is_loopback(settings.host):
        raise SettingsError(
            [
                f"ESCALATOR_HOST is {settings.host}, which others can reach, and there is no token: set "
                "ESCALATOR_ADMIN_TOKEN (and ESCALATOR_INGEST_TOKEN for Alertmanager), or listen on 127.0.0.1"
            ]
        )
    log.warning("running open: no token is set, and everybody on this machine may do everything")
    return True


async def invite(house: House, settings: Settings) -> None:
    """Until somebody has signed in: a link that lets whoever reads this output in as an admin, once."""
    if await house.sessions.untouched():
        word = await house.sessions.invite(Grant("", "first link", None, ("admin",)))
        where = f"{settings.public_url.rstrip('/')}/sign-in/{word}"
        log.warning("nobody has signed in yet: this link does so once, within the hour", url=where)


def doors(house: House, open_mode: bool, settings: Settings | None = None) -> Needs:
    """What the doors are handed; without settings nobody has a token from outside."""
    return Needs(
        database=house.database, intake=house.intake, lifecycle=house.lifecycle, windows=house.windows,
        revisions=house.revisions, keys=house.keys, links=house.links, upkeep=house.upkeep, metrics=house.metrics,
        vitals=house.vitals, outbox=house.plan.sandbox,
        standings=house.standings, studies=house.studies, sessions=house.sessions, views=house.views,
        swaps=house.swaps, feeds=house.feeds, desk=house.desk, doors=house.doors, contacts=house.contacts,
        devices=house.devices,
        public_url=house.plan.public_url, open_mode=open_mode, version=__version__,
        ingest_token=_revealed(settings.ingest_token) if settings else None,
        admin_token=_revealed(settings.admin_token) if settings else None,
        policies_secret=_revealed(settings.policies_webhook_secret) if settings else None,
    )  # fmt: skip


def plan(settings: Settings, now: Callable[[], int], sandbox: Sandbox | None = None) -> Plan:
    """The house that these settings describe; raises SettingsError for what no channel can use."""
    if sandbox is None and settings.transport == "sandbox":
        sandbox = Sandbox(now, lambda sent: log.info("sandbox", to=sent.address, via=sent.via, text=sent.short))
    try:
        channels = build_channels(wiring(settings), sandbox)
    except ValueError as error:
        raise SettingsError([str(error)]) from error
    address = settings.last_resort.reveal() if settings.last_resort else None
    return Plan(
        policies=settings.policies, public_url=settings.public_url, channels=channels, resolve=resolver(),
        version=__version__, retention=settings.retention, pull_every=settings.policies_interval,
        last_resort=address, sandbox=sandbox,
        last_resort_channel=_last_resort(address, channels),
        live=lifesign(settings.heartbeat_url.reveal()) if settings.heartbeat_url else None, prove=prove,
    )  # fmt: skip


def wiring(settings: Settings) -> Wiring:
    return Wiring(
        public_url=settings.public_url,
        smtp_url=_revealed(settings.smtp_url),
        email_from=settings.email_from,
        email_reply_to=settings.email_reply_to,
        email_inbound_secret=_revealed(settings.email_inbound_secret),
        slack_bot_token=_revealed(settings.slack_bot_token),
        slack_signing_secret=_revealed(settings.slack_signing_secret),
        slack_app_token=_revealed(settings.slack_app_token),
        slack_api_url=settings.slack_api_url,
        twilio_account_sid=settings.twilio_account_sid,
        twilio_auth_token=_revealed(settings.twilio_auth_token),
        twilio_from=settings.twilio_from,
        twilio_api_url=settings.twilio_api_url,
        pagerduty_events_url=settings.pagerduty_events_url,
        pagerduty_webhook_secret=_revealed(settings.pagerduty_webhook_secret),
        outbound_allow=[str(network) for network in settings.outbound_allow],
    )


def _revealed(secret: Secret | None) -> str | None:
    return secret.reveal() if secret else None


def resolver() -> Callable[[str], str | None]:
    """`secret:NAME` → its value, None where it is not set; anything else is itself."""
    resolve = config.resolver(config.environment())

    def found(reference: str) -> str | None:
        try:
            return resolve(reference)
        except config.UnknownSecret:
            return None

    return found


def _last_resort(address: str | None, channels: Mapping[str, Channel]) -> Channel | None:
    return channels.get(last_resort.via_of(address)) if address else None
