"""The colour of each person on a schedule: the same whenever it is opened, and different for as many as there are.

Law: a colour is never the only sign; the name stands beside it.
"""

from collections.abc import Iterable
from hashlib import blake2b

PALETTE = 12
"""Classes p0 … p11 of oncall.css."""


def colours(people: Iterable[str]) -> dict[str, str]:
    """A class for each. `people`: those of the layers first, in the policies' order, so that a guest moves nobody."""
    taken: dict[str, str] = {}
    for name in dict.fromkeys(people):
        free = set(range(PALETTE)) - {int(each[1:]) for each in taken.values()}
        own = int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=4).digest(), "big") % PALETTE
        steps = range(PALETTE) if free else range(1)
        taken[name] = f"p{next((own + n) % PALETTE for n in steps if not free or (own + n) % PALETTE in free)}"
    return taken
