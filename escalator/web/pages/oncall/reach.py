"""How people can be reached, as colleagues may see it: by which channels, addresses masked, and whether that works."""

from itertools import groupby
from typing import NamedTuple

from escalator.engine.contacts import State
from escalator.web.contacts import mask
from escalator.web.needs import Needs


class Way(NamedTuple):
    """One contact."""

    via: str
    address: str
    """Masked."""
    state: State
    why: str

    @property
    def usable(self) -> bool:
        return self.state not in ("not usable", "opted out")


async def ways(needs: Needs, person: str | None = None) -> dict[str, list[Way]]:
    """By person, in the order of the policies; raises Unavailable."""
    standings = await needs.contacts.listed(person)
    return {
        name: [Way(each.via, mask(each.address), each.state, each.why) for each in own]
        for name, own in groupby(standings, key=lambda each: each.person)
    }
