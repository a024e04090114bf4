"""How the doors are served: uvicorn with our protocol; without WebSockets and its access log, which writes tokens."""

import asyncio
import socket

from starlette.types import ASGIApp
from uvicorn import Config, Server

from escalator.web.protocol import Limits, guarded


def configuration(
    app: ASGIApp, host: str, port: int, *, limits: Limits | None = None, connections: int = 4096
) -> Config:
    """What uvicorn runs; past `connections` it answers 503."""
    return Config(
        app,
        host=host,
        port=port,
        http=guarded(limits or Limits()),
        ws="none",
        loop="auto",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=connections,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=8,
    )


class DoorServer(Server):
    """Tells endless answers to end when it begins to stop; otherwise each listener would use up the whole grace."""

    def __init__(self, config: Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)
