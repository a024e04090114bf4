"""Slack's Web API through its own SDK, each call once: the SDK's default would post again behind our back.

Law: every failure is a SlackRefused with Slack's own code, or a NotSent.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from escalator.channels import clean
from escalator.channels.base import NotSent
from escalator.channels.slack.errors import refusal

CONNECT_WITHIN = 4.0


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
            self._client = AsyncWebClient(self._token, base_url=self._base, session=self._session, retry_handlers=[])
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
        return _read(answer)

    async def ask(self, method: str, **fields: Any) -> Mapping[str, Any]:
        """For methods that take no JSON: the arguments go in the URL's query."""
        try:
            answer = await self.client.api_call(method, http_verb="GET", params=fields)
        except SlackApiError as error:
            raise _refused(error) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as trouble:
            raise NotSent("temporary", f"Slack did not answer {method}: {_named(trouble)}") from None
        return _read(answer)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._client = self._session = None


def _read(answer: Any) -> Mapping[str, Any]:
    return answer.data if isinstance(answer.data, Mapping) else {}


def _refused(error: SlackApiError) -> SlackRefused:
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    found = response.get("error") if hasattr(response, "get") else None
    code = clean.line(found or (f"http_{status}" if status != 429 else "ratelimited"), 60)
    if status == 429:
        code = "ratelimited"
    if code.startswith("http_") and status >= 500:
        code = "service_unavailable"
    return SlackRefused(code, refusal(code, _seconds(response)))


def _seconds(response: Any) -> float | None:
    """Slack's Retry-After: whole seconds."""
    text = str(response.headers.get("Retry-After", "")) if hasattr(response, "headers") else ""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _named(trouble: BaseException) -> str:
    return clean.line(f"{type(trouble).__name__}: {trouble}".rstrip(": "), 120)
