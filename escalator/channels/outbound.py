"""HTTP of ours to the outside: each request once, without redirects, cookies or proxies, and guarded where strangers
name the address. How much of an answer is read, and what no answer means, is the same for every vendor.
"""

from asyncio import timeout
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from escalator.channels import clean
from escalator.channels.base import NotSent
from escalator.channels.network import Guard, connector

CONNECT_WITHIN = 4.0
"""Seconds for DNS, TCP and TLS: a deadline that passes later finds the request under way, so its end is ambiguous."""
ANSWER_WITHIN = 1.0
"""Seconds for an answer's body, of which only the beginning is kept."""
HEADERS = {"User-Agent": "Escalator", "Accept-Encoding": "identity"}


class Outbound:
    """One channel's connections, made at its first request. `guard`: None where only our settings name the address."""

    def __init__(
        self,
        guard: Guard | None,
        *,
        resolver: AbstractResolver | None = None,
        connect_within: float = CONNECT_WITHIN,
        headers: Mapping[str, str] = HEADERS,
    ) -> None:
        self._guard = guard
        self._resolver = resolver
        self._connect_within = connect_within
        self._headers = headers
        self._session: aiohttp.ClientSession | None = None

    @property
    def opened(self) -> bool:
        """Whether there are connections to close."""
        return self._session is not None

    def request(self, method: str, url: URL, **given: Any) -> Any:
        """As aiohttp's: a context that gives the response."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=connector(self._guard, self._resolver) if self._guard is not None else None,
                timeout=aiohttp.ClientTimeout(total=None, connect=self._connect_within),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # a small answer could unpack to gigabytes
                trust_env=False,  # a proxy would connect where nobody judged
                headers=self._headers,
            )
        return self._session.request(method, url, allow_redirects=False, **given)

    def post(self, url: URL, **given: Any) -> Any:
        return self.request("POST", url, **given)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def beginning(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Of the answer's body, in bytes. The status has arrived: a body that drips or breaks changes nothing."""
    read = b""
    try:
        async with timeout(ANSWER_WITHIN):
            while len(read) < most and (part := await response.content.read(most - len(read))):
                read += part
    except (aiohttp.ClientError, OSError):
        response.close()
    return read


def unanswered(trouble: Exception, *, quoted: bool = True) -> NotSent:
    """What no answer at all means: before the request went out, a retry is safe; after, the receiver may have it.

    `quoted`: False where the exception's own words may hold a secret of the address.
    """
    reason = clean.line(f"{type(trouble).__name__}: {trouble if quoted else ''}".rstrip(": "), 160)
    if isinstance(trouble, aiohttp.InvalidURL):
        return NotSent("permanent", "this is not a URL that can be called", blames="contact")
    if isinstance(trouble, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return NotSent("temporary", f"no connection: {reason}")
    return NotSent("ambiguous", f"the request went out, no answer came back: {reason}")
