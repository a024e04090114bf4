"""How the doors are served: uvicorn with our protocol; without WebSockets and its access log, which writes tokens."""

from starlette.types import ASGIApp
from uvicorn import Config

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
