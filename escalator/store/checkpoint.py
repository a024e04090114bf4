"""Carries SQLite's write-ahead log back into the file, on a thread of its own, and keeps the log grown.

Law: the writer never waits for a checkpoint, but when the log would grow without bound.
"""

import os
import sqlite3
import threading
from pathlib import Path

PAGE = 4096
GATHER = 0.5
"""Seconds between two checkpoints."""
EVERY = 1000
"""Pages in the log at which it is carried back (SQLite's own default)."""
RESTART = 64 * 1024 * 1024
"""Bytes of log at which new writes must wait until it can be begun anew. Passive checkpoints never get there while
somebody writes all the time."""
TRUNCATE = 512 * 1024 * 1024
GROWN = 16 * 1024 * 1024
"""Bytes the log is grown to beforehand: fdatasync of a file that does not grow costs no metadata write."""

PIECE = 256 * 1024
"""Bytes appended at once: the writer waits for each."""


class Checkpointer:
    """One per open file; `wrote` after each commit costs next to nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._bell = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sqlite-checkpoint", daemon=True)
        self._thread.start()

    def wrote(self) -> None:
        """Something was committed."""
        if not self._bell.is_set():
            self._bell.set()

    def close(self) -> None:
        """Stops; the last connection to close carries the log back by itself."""
        self._closed.set()
        self._bell.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0.1)
        grown = False
        while True:
            self._bell.wait()
            self._bell.clear()
            if self._closed.wait(GATHER):
                break
            try:
                grown = grown or grow(self._wal)
                checkpoint(connection, self._wal)
            except (OSError, sqlite3.Error):
                # A full or broken disk: the writer tells those who wait; the next commit brings us back here.
                continue
        connection.close()


def checkpoint(connection: sqlite3.Connection, wal: Path) -> None:
    """One checkpoint, as gentle as the size of the log allows."""
    size = wal.stat().st_size if wal.exists() else 0
    _, pages, done = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if size > TRUNCATE:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    elif (pages - done) * PAGE <= EVERY * PAGE and pages * PAGE > RESTART:
        connection.execute("PRAGMA wal_checkpoint(RESTART)")


def grow(wal: Path) -> bool:
    """Appends zeros to the log; SQLite ends its reading at the first frame without a valid checksum."""
    if not wal.exists():
        return False
    # Opened for appending, so that the system places each piece after whatever the writer wrote meanwhile.
    with wal.open("ab", buffering=0) as file:
        while os.fstat(file.fileno()).st_size < GROWN:
            file.write(bytes(PIECE))
        os.fdatasync(file.fileno())
    return True
