"""`escalator doctor`: does everything that the settings point to work, without paging anyone?"""

from collections.abc import AsyncIterator
from pathlib import Path

from escalator.app.serving import resolver, wiring
from escalator.channels.base import Channel, NotSent
from escalator.channels.registry import build as build_channels
from escalator.channels.sandbox import Sandbox
from escalator.config import Finding, Settings
from escalator.core.book import Book
from escalator.language import compile_book, load_sources, render
from escalator.store import schema
from escalator.store.batch import Refused


async def doctor(settings: Settings) -> list[Finding]:
    """Database, policies, channels: one finding each."""
    found = [await _database(settings)]
    book, finding = _policies(Path(settings.policies))
    found.append(finding)
    sandbox = Sandbox(lambda: 0) if settings.transport == "sandbox" else None
    channels = build_channels(wiring(settings), sandbox)
    found += [check async for check in _channels(channels)]
    found += _unusable(book, channels) if book else []
    return found


async def _database(settings: Settings) -> Finding:
    try:
        steps = await schema.pending(settings.database_url.reveal())
    except Refused as error:
        return Finding("database", False, str(error))
    except OSError as error:
        return Finding("database", False, f"does not answer ({error}); check ESCALATOR_DATABASE_URL")
    return Finding(
        "database", True, f"reachable; {len(steps)} migrations to come" if steps else "reachable, up to date"
    )


def _policies(path: Path) -> tuple[Book | None, Finding]:
    try:
        sources = load_sources(path)
    except (OSError, ValueError) as error:
        return None, Finding("policies", False, f"{path}: {error}")
    compiled = compile_book(sources)
    if compiled.book is None:
        return compiled.parsed, Finding("policies", False, render(compiled.diagnostics, sources))
    warnings = f", {len(compiled.diagnostics)} warnings" if compiled.diagnostics else ""
    return compiled.book, Finding("policies", True, f"{len(compiled.book.policies)} policies{warnings}")


async def _channels(channels: dict[str, Channel]) -> AsyncIterator[Finding]:
    for via, channel in channels.items():
        try:
            yield Finding(f"channel {via}", True, await channel.check())
        except NotSent as error:
            yield Finding(f"channel {via}", False, error.detail)
        finally:
            await channel.close()


def _unusable(book: Book, channels: dict[str, Channel]) -> list[Finding]:
    """Who in the policies cannot be reached with these settings."""
    resolve = resolver()

    def usable(via: str, address: str) -> bool:
        return via in channels and resolve(address) is not None

    lost = [p.name for p in book.people.values() if not any(usable(c.via, c.address) for c in p.contacts)]
    mute = [c.name for c in book.channels.values() if not usable(c.via, c.address)]
    found = []
    if lost:
        cure = "configure one of their channels or set their secrets"
        found.append(Finding("people", False, f"cannot be reached: {', '.join(lost)}; {cure}"))
    if mute:
        found.append(
            Finding("channels", False, f"cannot be used: {', '.join(mute)}; channel not configured, or secret unset")
        )
    return found
