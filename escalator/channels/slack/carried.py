"""What a button carries: the incident, bound to its opening, so that one of another database never fits."""

import re
from collections.abc import Mapping
from typing import Any

from escalator.channels.base import stamp
from escalator.channels.desk import Desk, Story

VALUE = re.compile(r"([0-9]{1,18})\.([0-9]{1,20})")


def value(incident: Mapping[str, Any]) -> str:
    return f"{incident.get('id')}.{stamp(incident)}"


async def belonging(carries: str, desk: Desk) -> Story | None:
    """The incident that is meant; None where it is not here, or is another one with the same number. Raises Busy."""
    found = VALUE.fullmatch(carries)
    story = await desk.story(int(found[1])) if found else None
    return story if story is not None and found is not None and stamp(story.incident) == found[2] else None
