"""Twilio's REST API through its own SDK: each request goes once, to the base URL of the settings.

The SDK's transport is replaced by ours, because its own hides Retry-After, has no deadline for connecting and always
goes to api.twilio.com. What the SDK makes of paths, fields and answers stays the SDK's.
"""

import json
from asyncio import timeout
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from yarl import URL

from escalator.channels.base import SEND_DEADLINE, NotSent
from escalator.channels.outbound import Outbound, unanswered
from escalator.channels.retry_after import seconds
from escalator.channels.twilio import codes

HERE = {"TWILIO_REGION": ""}
"""The SDK would read its own variables from the environment; ours are the settings."""


class Refused(Exception):
    """Twilio answered 400 or more."""

    def __init__(self, status: int, code: int | None, text: str, retry_after: float | None) -> None:
        super().__init__(f"HTTP {status} {code}")
        self.code = code
        self.verdict = codes.refusal(status, code, text, retry_after)


class Rest:
    """One account and its sender, shared by texts and calls. `sender`: a number, or a messaging service's SID."""

    def __init__(self, sid: str, token: str, sender: str, base: str, *, deadline: float = SEND_DEADLINE - 0.3) -> None:
        self.sid = sid
        self.sender = sender
        self.deadline = deadline
        """Seconds for one whole send, lookups included."""
        self._transport = Transport(base)
        self._client = Client(sid, token, http_client=self._transport, environment=HERE)

    async def text(self, **fields: Any) -> Any:
        """Creates a message; raises Refused and what a connection raises."""
        return await self._client.messages.create_async(**fields)

    async def call(self, **fields: Any) -> Any:
        """Creates a call; raises as `text`."""
        return await self._client.calls.create_async(**fields)

    async def texts(self, to: str, most: int) -> list[Any]:
        """What was sent to a number, the newest first."""
        return list(await self._client.messages.page_async(to=to, page_size=most))

    async def calls(self, to: str, most: int) -> list[Any]:
        """Calls to a number, the newest first."""
        return list(await self._client.calls.page_async(to=to, page_size=most))

    async def account(self) -> Any:
        """The account itself: its name, type and status."""
        with judged():
            async with timeout(self.deadline):
                return await self._client.api.accounts(self.sid).fetch_async()

    async def close(self) -> None:
        await self._transport.close()


class Transport:
    """What the SDK sends its requests through; it asks no more of one than these two names."""

    is_async = True

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")
        self._client = Outbound(None)

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  the SDK's signature; the deadline is the caller's
        allow_redirects: bool = False,
    ) -> Response:
        """Raises Refused for 400 and more: the SDK's own exception loses the headers."""
        # The SDK encoded the path already.
        url = URL(self._base + urlsplit(uri).path, encoded=True)
        if params:
            url = url.with_query({name: str(value) for name, value in params.items()})
        body = urlencode(data, doseq=True) if data else None
        login = {"Authorization": f"Basic {b64encode(':'.join(auth).encode()).decode()}"} if auth else {}
        head = {**(headers or {}), **login}
        async with self._client.request(method, url, data=body, headers=head) as answer:
            text = (await answer.read()).decode("utf-8", "replace")
            if answer.status >= 300:
                raise Refused(answer.status, *_reason(text), seconds(answer.headers.get("Retry-After")))
            return Response(answer.status, text, answer.headers)

    async def close(self) -> None:
        await self._client.close()


@contextmanager
def judged() -> Iterator[None]:
    """Whatever goes wrong inside becomes NotSent."""
    try:
        yield
    except Refused as refused:
        raise refused.verdict from None
    except (aiohttp.ClientError, OSError) as trouble:
        raise unanswered(trouble) from None
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        # 2xx, so it was taken; but the SDK found no message in the answer.
        raise NotSent("ambiguous", f"Twilio's answer cannot be read: {type(trouble).__name__}") from None


def _reason(text: str) -> tuple[int | None, str]:
    """Twilio's code and sentence; its old form (`code`, `message`) and its new one (RFC 9457: `code`, `detail`)."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return None, ""
    code = said.get("code")
    sentence = said.get("message") or said.get("detail") or said.get("title") or ""
    return (code if isinstance(code, int) else None), str(sentence)
