"""Slack's Web API through its own SDK, each call once: the SDK's default would post again behind our back.

Law: every failure is a SlackRefused with Slack's own code, or a NotSent.
"""

import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from escalator.channels import clean
from escalator.channels.base import NotSent
from escalator.channels.outbound import CONNECT_WITHIN
from escalator.channels.retry_after import seconds
from escalator.channels.slack.errors import refusal

QUIET = logging.getLogger("escalator.slack.sdk")
"""For the SDK, whose own lines name URLs with tickets in them, and contents: we say what went wrong ourselves."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False
QUIET.setLevel(logging.CRITICAL)


UNREADABLE = (AttributeError, TypeError, ValueError)
"""What the SDK raises over an answer that is not Slack's: a proxy's page, half a document."""


class SlackRefused(Exception):
    """Slack answered `ok: false`."""

    def __init__(self, error: str, verdict: NotSent) -> None:
        super().__init__(error)
        self.error = error
        self.verdict = verdict


class Api:
    """One token. `base`: of the Web API."""

    def __init__(self, token: str, base: str) -> None:
        self._token = token
        self._base = base.rstrip("/") + "/"
        self._client: AsyncWebClient | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def client(self) -> AsyncWebClient:
        """The SDK's own, for what else of it needs one. To be asked for inside the event loop."""
        if self._client is None:
            timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_WITHIN)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
            self._client = web_client(self._token, self._base, self._session)
        return self._client

    async def call(self, method: str, **fields: Any) -> Mapping[str, Any]:
        """One call; raises SlackRefused, NotSent. Fields that are None are left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        try:
            answer = await self.client.api_call(method, json=given)
        except SlackApiError as error:
            raise _refused(error) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as trouble:
            raise NotSent("temporary", f"no connection to Slack: {_named(trouble)}") from None
        except (TimeoutError, aiohttp.ClientError, OSError) as trouble:
            raise NotSent("ambiguous", f"Slack did not answer {method}: {_named(trouble)}") from None
        except UNREADABLE as trouble:
            raise NotSent("ambiguous", f"Slack's answer to {method} cannot be read: {_named(trouble)}") from None
        return _read(answer)

    async def ask(self, method: str, **fields: Any) -> Mapping[str, Any]:
        """For methods that take no JSON: the arguments go in the URL's query."""
        try:
            answer = await self.client.api_call(method, http_verb="GET", params=fields)
        except SlackApiError as error:
            raise _refused(error) from None
        except (TimeoutError, aiohttp.ClientError, OSError, *UNREADABLE) as trouble:
            raise NotSent("temporary", f"Slack did not answer {method}: {_named(trouble)}") from None
        return _read(answer)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._client = self._session = None


def web_client(token: str, base: str, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """The SDK's, each call once."""
    return AsyncWebClient(token, base_url=base, session=session, retry_handlers=[], logger=QUIET)


def _read(answer: Any) -> Mapping[str, Any]:
    return answer.data if isinstance(answer.data, Mapping) else {}


def _refused(error: SlackApiError) -> SlackRefused:
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    headers = getattr(response, "headers", {})
    said = getattr(response, "data", None)
    found = said.get("error") if isinstance(said, Mapping) else None
    if status == 429:
        code = "ratelimited"
    elif found:
        code = clean.line(found, 60)
    else:
        code = "service_unavailable" if status >= 500 else f"http_{status}"
    return SlackRefused(code, refusal(code, seconds(str(headers.get("Retry-After", "")))))


def _named(trouble: BaseException) -> str:
    return clean.line(f"{type(trouble).__name__}: {trouble}".rstrip(": "), 120)
