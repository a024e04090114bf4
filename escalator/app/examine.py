"""`escalator doctor`: does everything that the settings point to work, without paging anyone?

Law: asks and reads only; providers are asked all at once, so that one that hangs costs its own deadline alone.
"""

import asyncio
from collections.abc import Mapping

from escalator.app.reachable import Ways, findings
from escalator.app.serving import resolver, wiring
from escalator.channels import last_resort
from escalator.channels.base import SEND_DEADLINE, Channel, NotSent
from escalator.channels.registry import build as build_channels
from escalator.channels.sandbox import Sandbox
from escalator.channels.wiring import Wiring
from escalator.config import Finding, Settings
from escalator.core.book import Book
from escalator.engine.origins import Unusable, origin_of
from escalator.language import compile_book, render
from escalator.settings import Place
from escalator.store import contacts, schema
from escalator.store.batch import Refused
from escalator.store.contacts import Known


async def doctor(settings: Settings) -> list[Finding]:
    """Database, policies, channels: one finding each; then who is not reached as the policies say."""
    found, known = await _database(settings)
    book, finding = await _policies(settings.policies)
    sandbox = Sandbox(lambda: 0) if settings.transport == "sandbox" else None
    try:
        channels = build_channels(wiring(settings), sandbox)
    except ValueError as error:
        return [found, finding, Finding("channels", False, str(error))]
    chosen = frozenset(channels) if sandbox else await _chosen(channels)
    used = _used(book, settings) if book else frozenset(channels)
    checked = await asyncio.gather(
        *(_check(via, channel, via in chosen | used) for via, channel in channels.items())
    )  # fmt: skip
    reached = findings(book, Ways(channels, resolver(), known)) if book else []
    return [found, finding, *checked, *reached, *([] if sandbox else _idle(chosen - used))]


async def _database(settings: Settings) -> tuple[Finding, Known]:
    """And what it knows of contacts: nothing where there is no database yet."""
    url = settings.database_url.reveal()
    try:
        steps = await schema.pending(url)
        known = Known() if steps else await schema.look(url, contacts.known)
    except Refused as error:
        return Finding("database", False, str(error)), Known()
    except OSError as error:
        return Finding("database", False, f"does not answer ({error}); check ESCALATOR_DATABASE_URL"), Known()
    text = f"reachable; {len(steps)} migrations to come" if steps else "reachable, up to date"
    return Finding("database", True, text), known


async def _policies(place: Place) -> tuple[Book | None, Finding]:
    origin = origin_of(place)
    try:
        await origin.pull()
        offer = await origin.offer()
    except Unusable as error:
        return None, Finding("policies", False, str(error))
    finally:
        await origin.close()
    sources = offer.sources if offer else {}
    compiled = compile_book(sources)
    if compiled.book is None:
        return compiled.parsed, Finding("policies", False, render(compiled.diagnostics, sources))
    warnings = f", {len(compiled.diagnostics)} warnings" if compiled.diagnostics else ""
    return compiled.book, Finding("policies", True, f"{len(compiled.book.policies)} policies{warnings}")


async def _check(via: str, channel: Channel, wanted: bool) -> Finding:
    """`wanted`: somebody has an address there, or made settings for it; a provider of no concern is left alone."""
    name = f"channel {via}"
    try:
        if not wanted:
            return Finding(name, True, "not asked: nobody in the policies has an address there")
        async with asyncio.timeout(SEND_DEADLINE):
            return Finding(name, True, await channel.check())
    except NotSent as error:
        return Finding(name, False, error.detail)
    except TimeoutError:
        return Finding(name, False, f"does not answer within {SEND_DEADLINE:g} s")
    finally:
        await channel.close()


async def _chosen(channels: Mapping[str, Channel]) -> frozenset[str]:
    """Channels that are there because somebody set something for them."""
    always = build_channels(Wiring())
    await asyncio.gather(*(channel.close() for channel in always.values()))
    return frozenset(channels) - frozenset(always)


def _used(book: Book, settings: Settings) -> frozenset[str]:
    """Channels for which there is an address."""
    used = {contact.via for person in book.people.values() for contact in person.contacts}
    used |= {channel.via for channel in book.channels.values()}
    return frozenset(used | ({last_resort.via_of(settings.last_resort.reveal())} if settings.last_resort else set()))


def _idle(vias: frozenset[str]) -> list[Finding]:
    if not vias:
        return []
    text = f"set up, and nobody in the policies has an address there: {', '.join(sorted(vias))}"
    return [Finding("channels", True, text, warns=True)]
