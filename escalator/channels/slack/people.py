"""Who a Slack user is: a person of the policies by Slack id, or by the e-mail address that Slack vouches for."""

import time

from escalator.channels.base import NotSent
from escalator.channels.desk import Desk
from escalator.channels.slack.api import Api, SlackRefused

KEEP = 600.0
"""Seconds for which an address is remembered: people press more than once."""
MOST = 2000
UNLINKED = (
    "Nothing was done: Escalator does not know who you are. Add `slack: {id}` (or your e-mail address) to your "
    "contacts in the policies, then try again."
)


class People:
    """One workspace's."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._mails: dict[str, tuple[str, float]] = {}

    async def person(self, user: str, desk: Desk) -> str | None:
        """None: a stranger. Being in a channel is no right to act."""
        return desk.whois("slack", user) or desk.whois("slack", user, await self._mail(user))

    async def _mail(self, user: str) -> str:
        known = self._mails.get(user)
        if known is not None and time.monotonic() - known[1] < KEEP:
            return known[0]
        mail = await self._asked(user)
        if len(self._mails) >= MOST:
            self._mails.clear()
        self._mails[user] = (mail, time.monotonic())
        return mail

    async def _asked(self, user: str) -> str:
        try:
            found = await self._api.ask("users.info", user=user)
        except (SlackRefused, NotSent):
            return ""
        whole = found.get("user") or {}
        # A guest's or a bot's address was not given by the organisation.
        if whole.get("is_bot") or whole.get("deleted") or whole.get("is_stranger"):
            return ""
        return str((whole.get("profile") or {}).get("email") or "")
