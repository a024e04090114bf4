"""Pages that stay right while rows arrive: a cursor is the sort value and id of the last row seen, never a count.

Law: an opaque word to the outside; whatever comes in that we did not give out is a ValueError with a sentence.
"""

import base64
import binascii
import json
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, tuple_


class Order(NamedTuple):
    """An order of rows: its columns, the last one unique."""

    name: str
    columns: tuple[ColumnElement[Any], ...]
    descending: bool

    def page(self, query: Select[Any], after: list[int] | None, limit: int) -> Select[Any]:
        """The rows that follow, in this order."""
        if after is not None:
            left = tuple_(*self.columns)
            right = tuple_(*after)
            # The leading column alone as well: SQLite begins its index there, which it does not for row values.
            first = self.columns[0]
            query = query.where(left < right if self.descending else left > right)
            query = query.where(first <= after[0] if self.descending else first >= after[0])
        return query.order_by(*(c.desc() if self.descending else c.asc() for c in self.columns)).limit(limit)


def encode(order: str, values: list[int]) -> str:
    """The word that stands for a row."""
    return base64.urlsafe_b64encode(json.dumps([order, *values]).encode()).decode().rstrip("=")


def decode(order: Order, cursor: str | None) -> list[int] | None:
    """The values of the row after which to begin; raises ValueError."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        given: list[Any] = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        name, *values = given
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise ValueError("this cursor was not given out here: begin without one") from None
    if name != order.name:
        raise ValueError(f"this cursor belongs to another list or sort, not to {order.name}: begin without one")
    whole = all(type(value) is int and abs(value) < 1 << 63 for value in values)
    if len(values) != len(order.columns) or not whole:
        raise ValueError("this cursor was not given out here: begin without one")
    return values
