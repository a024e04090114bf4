"""Servers that do nothing but what cannot be left out: the ceilings to read our figures against.

`python -m benchmarks.bare fastapi|asgi|protocol PORT`: FastAPI with pydantic models; ASGI with msgspec, both in uvicorn
with httptools and uvloop; an asyncio protocol that answers anything.
"""

import asyncio
import sys
from typing import Any

import msgspec
import uvicorn
import uvloop


class Alert(msgspec.Struct):
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: str
    endsAt: str
    generatorURL: str
    fingerprint: str


class Webhook(msgspec.Struct):
    alerts: list[Alert]
    groupKey: str


decode = msgspec.json.Decoder(Webhook).decode


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    count = len(decode(b"".join(parts)).alerts) if scope["method"] == "POST" else 0
    body = b'{"accepted": %d}' % count
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def fastapi() -> Any:
    from fastapi import FastAPI
    from pydantic import BaseModel

    class OneAlert(BaseModel):
        status: str
        labels: dict[str, str]
        annotations: dict[str, str]
        startsAt: str
        endsAt: str
        generatorURL: str
        fingerprint: str

    class OneWebhook(BaseModel):
        alerts: list[OneAlert]
        groupKey: str

    app = FastAPI()

    @app.get("/healthz")
    async def alive() -> dict[str, bool]:
        return {"ok": True}

    async def accept(webhook: Any) -> dict[str, int]:
        return {"accepted": len(webhook.alerts)}

    # The model is local, so its name must not be looked up in the module.
    accept.__annotations__["webhook"] = OneWebhook
    app.post("/integrations/alertmanager")(accept)
    return app


class Anything(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


async def protocol(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Anything, "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    kind, port = sys.argv[1], int(sys.argv[2])
    if kind == "protocol":
        uvloop.run(protocol(port))
        return
    app = asgi if kind == "asgi" else fastapi()
    uvicorn.run(
        app, host="127.0.0.1", port=port, access_log=False, log_level="warning", http="httptools", loop="uvloop"
    )


if __name__ == "__main__":
    main()
