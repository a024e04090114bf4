"""`escalator audit verify`: walks the chains and the seals, and says where they do not hold.

Law: reads only; finds, never repairs.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from escalator.store.audit import MODULUS, PRUNE, SEAL, Head, Seal, chain, entries, line, line_sum, table
from escalator.store.bulk import table_of
from escalator.store.registers import NumberRow

counter = table_of(NumberRow)


class Finding(NamedTuple):
    """Something that was edited, deleted or cut off."""

    where: str
    """`audit WRITER:NUMBER` or `timeline (AFTER, UPTO]`."""
    what: str


def verify(connection: Connection, known: Mapping[str, Head] | None = None) -> list[Finding]:
    """All findings; none when everything holds. `known`: heads kept elsewhere, which the chains must still contain."""
    newest: dict[str, Head] = {}
    return [
        *_chains(connection, newest),
        *_ends(connection, newest),
        *_anchors(connection, known or {}),
        *_timeline(connection),
    ]


def _chains(connection: Connection, newest: dict[str, Head]) -> Iterator[Finding]:
    """Entry by entry; leaves the newest of each chain in `newest`."""
    for row in entries(connection):
        where = f"audit {row.writer}:{row.number}"
        last = newest.get(row.writer, Head(0, ""))
        if row.number != last.number + 1:
            yield Finding(where, f"follows {row.writer}:{last.number}: entries between them are missing")
        elif row.previous != last.head:
            yield Finding(where, "does not follow the entry before it")
        if row.head != chain(row.previous, row.writer, row.number, row.at, row.by, row.act, row.detail):
            yield Finding(where, "was changed after it was written")
        newest[row.writer] = Head(row.number, row.head)


def _ends(connection: Connection, newest: Mapping[str, Head]) -> Iterator[Finding]:
    """The counter that gave the numbers knows how long each chain must be."""
    given = connection.execute(select(counter).where(counter.c.name.like("audit:%"))).all()
    counted = {row.name.removeprefix("audit:"): row.last for row in given}
    for writer in sorted(counted.keys() | newest.keys()):
        there, written = newest.get(writer, Head(0, "")).number, counted.get(writer, 0)
        if there != written:
            yield Finding(f"audit {writer}:{there}", f"is the last of this chain, but {written} were written")


def _anchors(connection: Connection, known: Mapping[str, Head]) -> Iterator[Finding]:
    for writer, head in known.items():
        query = select(table.c.head).where(table.c.writer == writer, table.c.number == head.number)
        if connection.execute(query).scalar() != head.head:
            yield Finding(f"audit {writer}:{head.number}", "is not the entry whose head was kept")


def _timeline(connection: Connection) -> Iterator[Finding]:
    pruned: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in entries(connection, PRUNE):
        for name, (lines, total) in json.loads(row.detail)["sealed"].items():
            pruned[name].append((lines, int(total, 16)))
    for row in entries(connection, SEAL):
        yield from _seal(connection, Seal.of(row.detail), pruned[f"{row.writer}:{row.number}"])


def _seal(connection: Connection, seal: Seal, pruned: list[tuple[int, int]]) -> Iterator[Finding]:
    where = f"timeline ({seal.after}, {seal.upto}]"
    rows = connection.execute(select(line).where(line.c.id.between(seal.after + 1, seal.upto))).all()
    missing = seal.lines - len(rows) - sum(lines for lines, _ in pruned)
    if missing:
        yield Finding(where, f"{abs(missing)} lines {'are missing' if missing > 0 else 'were added'}")
    elif (line_sum(rows) + sum(total for _, total in pruned)) % MODULUS != seal.total:
        yield Finding(where, "a line was changed after it was written")
