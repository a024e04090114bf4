"""Whether policies may follow those that are live, in a process of its own: both as JSON in, what is broken out.

A guarantee that is written must hold. The one that nobody wrote must hold where it does today: whoever begins with one
person, or one provider, may go on; nobody loses it unawares. A large organisation takes seconds of pure computing,
during which a service must go on paging; see `engine.proofs`.
"""

import json
import os
import sys
from dataclasses import replace
from typing import Any

from escalator.language import compile_book
from escalator.rehearsal.proof.verify import broken


def answer(asked: Any) -> list[str]:
    """`{"sources": {file: text}, "live": the same or null, "now": microseconds}`."""
    book, now = compile_book(asked["sources"], now=asked["now"]).book, asked["now"]
    if book is None:
        return ["the policies cannot be read"]
    if all(guarantee.where for guarantee in book.guarantees):
        return broken(book, now)
    live = compile_book(asked["live"]).parsed if asked["live"] else None
    if live is None or broken(replace(live, guarantees=book.guarantees), now):
        return []
    return broken(book, now)


if __name__ == "__main__":
    os.nice(10)
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
