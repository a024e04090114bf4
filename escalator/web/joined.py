"""A transport that sends an answer's head together with its body: uvicorn writes them apart, and uvloop sends each at
once, which costs a system call and a packet an answer (about 8 of 48 µs where nothing else is done).
"""

import asyncio
from typing import Any


class Joined(asyncio.Transport):
    """Holds back a head until the next write, or until the loop comes round."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._head: bytes | None = None
        self._write = transport.write
        # Asked for with every piece of a request: bound once instead of passed on.
        self.is_closing = transport.is_closing  # type: ignore[method-assign]
        self.pause_reading = transport.pause_reading  # type: ignore[method-assign]
        self.resume_reading = transport.resume_reading  # type: ignore[method-assign]

    def write(self, data: Any) -> None:
        head = self._head
        if head is not None:
            self._head = None
            self._write(head + data)
        elif data[:5] == b"HTTP/":
            self._head = data
            self._loop.call_soon(self._flush)
        else:
            self._write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def _flush(self) -> None:
        head, self._head = self._head, None
        if head is not None and not self._transport.is_closing():
            self._write(head)
