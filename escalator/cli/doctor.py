"""What `escalator doctor` examines: the settings, the service if it runs, and through the frame all they point to."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from escalator import config
from escalator.config import Environment, Finding, Settings

SKEW = 5.0
"""Seconds by which two clocks may differ before timelines stop making sense."""


async def examine(environ: Environment) -> list[Finding]:
    """Every finding; without usable settings, their problems alone."""
    found = [Finding("settings", False, warning) for warning in config.warnings(environ)]
    try:
        settings = config.load(environ)
    except config.SettingsError as error:
        return found + [Finding("settings", False, problem) for problem in error.problems]
    from escalator import app

    found.append(Finding("settings", True, "all can be read"))
    found += config.sanity(settings)
    found += await app.doctor(settings)
    found += await asyncio.to_thread(lambda: list(_service(settings)))
    return found


def _service(settings: Settings) -> Iterator[Finding]:
    """Whether it runs here, and whether its clock is ours. That it does not run is no fault."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 (compared, not bound)
    address = f"[{host}]" if ":" in host else host
    try:
        url = f"http://{address}:{settings.port}/healthz"
        with build_opener(ProxyHandler({})).open(url, timeout=5) as answer:
            date = answer.headers.get("Date")
    except (URLError, OSError) as error:
        yield Finding("service", True, f"does not run on {address}:{settings.port} ({getattr(error, 'reason', error)})")
        return
    yield Finding("service", True, f"answers on {address}:{settings.port}")
    if date:
        yield clock(parsedate_to_datetime(date), datetime.now(UTC))


def clock(theirs: datetime, ours: datetime) -> Finding:
    """How far the service's clock (whole seconds) is from ours."""
    seconds = abs((ours - theirs).total_seconds())
    if seconds <= SKEW:
        return Finding("clock", True, f"the service's is within {SKEW:.0f} s of this one")
    return Finding("clock", False, f"the service's is {seconds:.0f} s from this one; set both by NTP")
