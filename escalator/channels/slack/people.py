"""Who a Slack user is: a person of the policies by Slack id, or by the e-mail address our workspace vouches for."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from escalator.channels.base import NotSent
from escalator.channels.desk import Desk
from escalator.channels.slack.api import Api, SlackRefused

KEEP = 600.0
"""Seconds for which an address is remembered: people press more than once."""
MOST = 2000
WITHIN = 1.5
"""Seconds: whoever presses is answered within 3."""
UNLINKED = (
    "Nothing was done: Escalator does not know who you are. Add `slack: {id}` (or your e-mail address) to your "
    "contacts in the policies, then try again."
)
UNSURE_TEXT = "Nothing was done: Slack did not say who you are. Try again in a few seconds."


class Unsure(Exception):
    """Slack cannot say now who somebody is: no reason to take them for a stranger."""


class Home(NamedTuple):
    """Where the app is installed."""

    team: str
    enterprise: str


class People:
    """One workspace's."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._home: Home | None = None
        self._mails: dict[str, tuple[str, float]] = {}

    async def person(self, user: str, desk: Desk) -> str | None:
        """None: a stranger. Being in a channel is no right to act. Raises Unsure."""
        return desk.whois("slack", user) or desk.whois("slack", await self._mail(user))

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
        """Raises Unsure; what is not sure is not remembered."""
        try:
            async with asyncio.timeout(WITHIN):
                found = (await self._api.ask("users.info", user=user)).get("user") or {}
                return _vouched(found, await self._at_home())
        except SlackRefused as refused:
            if refused.error in ("user_not_found", "user_not_visible"):
                return ""
            raise Unsure(refused.error) from None
        except (NotSent, TimeoutError) as trouble:
            raise Unsure(str(trouble)) from None

    async def _at_home(self) -> Home:
        if self._home is None:
            who = await self._api.call("auth.test")
            self._home = Home(str(who.get("team_id") or ""), str(who.get("enterprise_id") or ""))
        return self._home


def _vouched(user: Mapping[str, Any], home: Home) -> str:
    """The user's address, if it was given by those who run our workspace. In a channel shared with another one, that
    one's administrators say what the addresses of its users are, and `is_stranger` does not tell.
    """
    team, enterprise = user.get("team_id"), (user.get("enterprise_user") or {}).get("enterprise_id")
    elsewhere = bool(team and home.team and team != home.team) and not (enterprise and enterprise == home.enterprise)
    unproved = user.get("is_email_confirmed") is False
    if elsewhere or unproved or user.get("is_bot") or user.get("deleted") or user.get("is_stranger"):
        return ""
    return str((user.get("profile") or {}).get("email") or "")
