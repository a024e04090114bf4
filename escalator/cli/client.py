"""Talks to a running service: JSON over HTTP with the standard library, because a command must start fast.

Law: every failure is Refused (the service said no: exit 1) or Unreachable (it said nothing usable: exit 3).
"""

import json
from email.message import Message
from http.client import HTTPException
from typing import IO, Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from escalator.settings import Secret, is_loopback

PATIENCE = 15.0
"""Seconds for one answer: a door waits at most 5 for a commit."""
LATER = (502, 503, 504)
"""Answers of a proxy without its service, or of a service without its database."""


class Refused(Exception):
    """The service said no; the text is its own words."""


class Unreachable(Exception):
    """Nobody answered, or somebody who is not Escalator."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        return None  # urllib would turn a POST into a GET and carry the token along


class Service(NamedTuple):
    """A running Escalator."""

    url: str
    token: Secret | None = None

    def get(self, path: str, **query: Any) -> Any:
        """The JSON answer; query values that are None or empty are left out, lists are repeated."""
        asked = urlencode({name: value for name, value in query.items() if value not in (None, "", [])}, doseq=True)
        return self._ask("GET", f"{path}?{asked}" if asked else path)

    def post(self, path: str, body: Any) -> Any:
        return self._ask("POST", path, json.dumps(body).encode())

    def patch(self, path: str, body: Any) -> Any:
        return self._ask("PATCH", path, json.dumps(body).encode())

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        headers = {"Accept": "application/json", "User-Agent": "escalator-cli"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token.reveal()}"
        # web_address() has let in http and https alone.
        request = Request(self.url + path, body, headers, method=method)  # noqa: S310
        try:
            with _opener(self.url).open(request, timeout=PATIENCE) as answer:
                return _decoded(answer.read(), self.url)
        except HTTPError as error:
            raise _explained(error, self.url) from error
        except (URLError, HTTPException, OSError) as error:
            cause = getattr(error, "reason", None) or error
            cure = "is it running (escalator serve)? another address: --url or ESCALATOR_URL"
            raise Unreachable(f"{self.url} does not answer ({cause}); {cure}") from error


def segment(value: str) -> str:
    """A value as one segment of a path."""
    return quote(value, safe="")


def _opener(url: str) -> OpenerDirector:
    """This machine itself is never asked through a proxy."""
    local = is_loopback(urlsplit(url).hostname or "")
    return build_opener(_NoRedirects, *([ProxyHandler({})] if local else []))


def _decoded(raw: bytes, url: str) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise Unreachable(f"{url} answers, but not with JSON: is it Escalator?") from error


def _explained(error: HTTPError, url: str) -> Exception:
    """The service's own words (problem+json), with the cure where it is the caller's to know."""
    try:
        problem = json.loads(error.read() or b"null")
    except (ValueError, OSError, HTTPException):
        problem = None
    words = problem.get("detail") or problem.get("title") if isinstance(problem, dict) else None
    text = words if isinstance(words, str) else f"{url} answered {error.code} {error.reason}"
    if error.code in LATER:
        return Unreachable(f"{text} (HTTP {error.code}); try again in some seconds")
    if 300 <= error.code < 400:
        return Unreachable(f"{url} redirects to {error.headers.get('Location')}; use that address as --url")
    if error.code == 401:
        return Refused(f"{text} Give a token with --token or ESCALATOR_TOKEN.")
    return Refused(text)
