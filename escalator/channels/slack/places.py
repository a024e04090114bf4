"""Where a message goes: what the policies write, as Slack's name for a conversation."""

import re
from collections.abc import Mapping
from typing import Any

from escalator.channels.base import NotSent
from escalator.channels.slack.api import Api

USER = re.compile(r"[UW][A-Z0-9]{2,}")
PAGES, ON_A_PAGE = 10, 1000
"""Of channels, when one is looked for by name."""


class Places:
    """One workspace's. Raises SlackRefused, NotSent."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ids: dict[str, str] = {}
        """By how the policies write them."""

    async def of(self, address: str) -> str:
        """What chat.postMessage takes: a channel's id or name, or the id of a conversation with a person."""
        if address not in self._ids and "@" in address:
            found = await self._api.ask("users.lookupByEmail", email=address)
            self._ids[address] = await self._conversation(_id(found, "user"))
        elif address not in self._ids and USER.fullmatch(address):
            self._ids[address] = await self._conversation(address)
        return self._ids.get(address, address)

    async def id(self, address: str) -> str | None:
        """The id: a channel can be looked through by that alone. None where there is no such channel."""
        place = await self.of(address)
        if not place.startswith("#"):
            return place
        cursor: dict[str, str] = {}
        for _ in range(PAGES):
            found = await self._api.ask(
                "conversations.list", limit=ON_A_PAGE, exclude_archived="true", types="public_channel,private_channel",
                **cursor,
            )  # fmt: skip
            known = {f"#{each.get('name')}": str(each.get("id")) for each in found.get("channels", ())}
            if place in known:
                self._ids[address] = known[place]
                return known[place]
            following = (found.get("response_metadata") or {}).get("next_cursor")
            if not following:
                break
            cursor = {"cursor": str(following)}
        return None

    def forget(self, address: str) -> None:
        """What it stands for may have changed: a channel archived and made anew, a person with another account."""
        self._ids.pop(address, None)

    async def _conversation(self, user: str) -> str:
        return _id(await self._api.call("conversations.open", users=user), "channel")


def _id(found: Mapping[str, Any], what: str) -> str:
    named = (found.get(what) or {}).get("id")
    if not named:
        raise NotSent("temporary", f"Slack's answer names no {what}")
    return str(named)
