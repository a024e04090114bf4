"""Which ways out there are. A vendor is one file or folder here with a `from_wiring`, which returns the channels that
its settings allow, and a `SEEN`, which shows what they send; deleting it removes them. What an SDK costs to import is
paid only there.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from escalator import channels
from escalator.channels.base import Channel, Message
from escalator.channels.sandbox import Sandbox
from escalator.channels.seen import Seen, plainly
from escalator.channels.wiring import Wiring

METHODS = ("push", "slack", "sms", "call", "email", "webhook", "pagerduty", "apprise")
"""All that a policy may name; the sandbox stands in for each."""


def seen(via: str, message: Message) -> Seen:
    """The message as its receiver's app shows it."""
    return _looks().get(via, plainly)(message)


@cache
def _looks() -> dict[str, Callable[[Message], Seen]]:
    """What the vendors say of it, by `via`."""
    found: dict[str, Callable[[Message], Seen]] = {}
    for module in iter_modules(channels.__path__):
        found |= getattr(import_module(f"{channels.__name__}.{module.name}"), "SEEN", {})
    return found


def build(wiring: Wiring, sandbox: Sandbox | None = None) -> dict[str, Channel]:
    """Every channel whose settings are there, by what policies call it (`via`); with a sandbox, every channel there
    could be, and nothing leaves the process. Raises ValueError for a setting that cannot be right.
    """
    if sandbox is not None:
        return {via: sandbox.channel(via) for via in METHODS}
    found: dict[str, Channel] = {}
    for module in iter_modules(channels.__path__):
        from_wiring = getattr(import_module(f"{channels.__name__}.{module.name}"), "from_wiring", None)
        for channel in from_wiring(wiring) if from_wiring is not None else ():
            found[channel.via] = channel
    return found
