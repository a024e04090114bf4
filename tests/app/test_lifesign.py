"""The outbound heartbeat: one request a sign, and a dead listener is only a line in the log."""

from aiohttp import web
from aiohttp.test_utils import TestServer

from escalator.app.lifesign import lifesign


async def test_each_sign_is_one_request() -> None:
    heard: list[str] = []

    async def listen(request: web.Request) -> web.Response:
        heard.append(request.path)
        return web.Response()

    app = web.Application()
    app.router.add_get("/ping/1", listen)
    async with TestServer(app) as server:
        live = lifesign(str(server.make_url("/ping/1")))
        await live()
        await live()
    assert heard == ["/ping/1", "/ping/1"]


async def test_a_listener_that_is_gone_or_refuses_stops_nothing() -> None:
    async with TestServer(web.Application()) as server:
        refusing = lifesign(str(server.make_url("/nowhere")))
        await refusing()
    await refusing()
