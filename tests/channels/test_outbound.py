"""What every HTTP answer has in common, whichever vendor gave it."""

import pytest
from aiohttp import web

from escalator.channels.base import NotSent
from escalator.channels.network import Guard
from escalator.channels.outbound import Outbound, beginning
from escalator.channels.retry_after import LONGEST
from escalator.channels.slack import from_wiring
from escalator.channels.wiring import Wiring
from tests.channels.samples import page
from tests.channels.test_webhook import LOOPBACK, endpoint


async def in_parts(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for part in (b'{"ok": ', b"true", b"}"):
        await answer.write(part)
    await answer.write_eof()
    return answer


@pytest.mark.parametrize(("most", "read"), [(64, b'{"ok": true}'), (3, b'{"o')])
async def test_an_answer_that_comes_in_parts_is_read_whole_up_to_a_limit(most: int, read: bytes) -> None:
    async with endpoint(in_parts) as (receiver, url):
        guard = Guard(LOOPBACK)
        client = Outbound(guard)
        async with client.post(guard.destination(url), json={}) as answer:
            assert await beginning(answer, most) == read
        await client.close()
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("wait", ["9" * 400, "9" * 5000])
async def test_a_provider_that_asks_for_eternity_is_asked_again(wait: str) -> None:
    async def slower(request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": wait})

    async with endpoint(slower) as (_, url):
        [hook] = from_wiring(Wiring(outbound_allow=["127.0.0.0/8"]))
        with pytest.raises(NotSent) as caught:
            await hook.send(url, page())
        await hook.close()
    assert caught.value.retry_after is not None
    assert caught.value.retry_after <= LONGEST
