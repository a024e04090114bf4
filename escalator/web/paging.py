"""One page of a list from the store, as every list door answers it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from escalator.web.needs import Needs
from escalator.web.problems import Problem

Row = dict[str, Any]


def _as_it_is(row: Row) -> Row:
    return row


async def page_of(
    needs: Needs,
    query: Callable[[Connection], tuple[list[Row], str | None]],
    dress: Callable[[Row], Row] = _as_it_is,
) -> dict[str, Any]:
    """`{"items", "next"}`; raises Problem 400 for a cursor that the store did not give out."""
    try:
        items, after = await needs.database.read(query)
    except ValueError as failure:
        raise Problem(400, str(failure)) from failure
    return {"items": [dress(each) for each in items], "next": after}
