"""What a push service's answer means (RFC 8030), and what several devices' answers mean together."""

from collections.abc import Sequence

from escalator.channels import clean
from escalator.channels.base import NotSent, Sent
from escalator.channels.retry_after import seconds

NO_DEVICE = "no device is registered: escalator device link PERSON makes the link to open on one"


def judge(status: int, detail: str, retry_after: str | None, wall: float) -> Sent:
    """One device; raises NotSent."""
    if 200 <= status < 300:
        return Sent(None, detail)
    if status in (404, 410):
        raise NotSent("permanent", f"{detail}: the device is gone, and was removed", blames="contact")
    if status == 429:
        raise NotSent("temporary", detail, seconds(retry_after, wall) or 60.0)
    if status >= 500 or status == 408:
        raise NotSent("temporary", detail, seconds(retry_after, wall))
    raise NotSent("permanent", detail, blames="contact")


def together(outcomes: Sequence[Sent | NotSent]) -> Sent:
    """Good where one device took it; else the best hope among them. Raises NotSent."""
    took = [each for each in outcomes if isinstance(each, Sent)]
    if took:
        return Sent(None, clean.line(f"{len(took)} of {len(outcomes)} devices; {took[0].detail}", 200))
    failed = [each for each in outcomes if isinstance(each, NotSent)]
    if not failed:
        raise NotSent("permanent", NO_DEVICE, blames="contact")
    for outcome in ("ambiguous", "temporary"):
        hope = [each for each in failed if each.outcome == outcome]
        if hope:
            waits = [each.retry_after for each in hope if each.retry_after is not None]
            raise NotSent(hope[0].outcome, hope[0].detail, min(waits, default=None), blames=hope[0].blames)
    raise NotSent("permanent", failed[0].detail, blames="contact")
