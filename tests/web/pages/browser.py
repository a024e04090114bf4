"""A browser in a few lines: it keeps cookies, says where its forms come from, and follows where a form leads."""

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.web.asgi import Answer, Client


class Browser:
    """Speaks to the doors as a browser without JavaScript does."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    async def get(self, path: str, **headers: str) -> Answer:
        return self._kept(await self.client.get(path.partition("#")[0], headers=self._fields() | headers))

    async def post(self, path: str, fields: Any = (), **headers: str) -> Answer:
        """`fields`: a mapping, or pairs."""
        form = urlencode(fields, doseq=True).encode()
        own = {"origin": "http://localhost:8080", "content-type": "application/x-www-form-urlencoded"}
        return self._kept(await self.client.post(path, body=form, headers=self._fields() | own | headers))

    async def submit(self, path: str, fields: Any = ()) -> Answer:
        """Posts, and opens the page to which that leads."""
        answer = await self.post(path, fields)
        assert answer.status == 303, (answer.status, answer.body)
        return await self.get(answer.headers["location"])

    def _fields(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"accept": "text/html"} | ({"cookie": pairs} if pairs else {})

    def _kept(self, answer: Answer) -> Answer:
        for line in answer.headers.getlist("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.coded_value
        return answer
