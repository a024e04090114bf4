"""Forty random policies, each with an incident to which something happened: what is foreseen then comes to pass."""

import os
import random
from typing import Any

import pytest

from escalator.core import events
from escalator.core.instant import HOUR
from escalator.core.policy import Target
from tests.story.backstage import Phone
from tests.story.conftest import TEAM, Opens
from tests.story.stage import Stage
from tests.story.test_foresight import expected, foreseen, happens

SEEDS = range(int(os.environ.get("FORESIGHT_SEEDS", "40")))
PEOPLE = ("ana", "bob", "carol")
TARGETS = (
    "{person: ana}", "{person: bob}", "{person: carol}", "{schedule: primary}", "{next_on_call: primary}",
    "{channel: ops}", "{team: all}",
)  # fmt: skip
CALLS = TEAM.replace("sms: secret:ANA", "sms: secret:ANA, call: secret:ANA")


def a_level(dice: random.Random) -> str:
    targets = dice.sample(TARGETS, dice.randint(1, 3))
    keys = [f"notify: [{', '.join(targets)}]", f"escalate_after: {dice.randint(1, 6)}m"]
    if dice.random() < 0.3:
        keys.append(f"attempts: {dice.randint(2, 3)}")
    if dice.random() < 0.2:
        keys.append(f"when: {{{dice.choice(['during', 'outside'])}: office}}")
    if dice.random() < 0.2:
        keys.append("assign: round_robin")
    return "{" + ", ".join(keys) + "}"


def a_policy(dice: random.Random) -> str:
    keys = [f"levels: [{', '.join(a_level(dice) for _ in range(dice.randint(1, 4)))}]"]
    keys.append(f"ack_timeout: {dice.randint(10, 40)}m")
    if dice.random() < 0.5:
        keys.append(f"repeat: {dice.choice(['0', '1', 'until_acked'])}")
    if dice.random() < 0.3:
        keys.append("urgency: low")
    last = "last: {levels: [{notify: [{person: ana}, {person: bob}]}]}"
    return (
        "version: 1\nteams: {all: [ana, bob, carol]}\n"
        "routes: [{match: {alertname: Disk}, policy: tried}]\n"
        f"policies:\n  tried: {{{', '.join(keys)}}}\n  {last}\ncatch_all: last\n"
    )


def something_happens(stage: Stage, dice: random.Random) -> str:
    what = dice.choice(["nothing", "ack", "snooze", "silence", "later", "override", "escalate", "reassign", "joins"])
    who = dice.choice(PEOPLE)
    acts: dict[str, Any] = {
        "nothing": lambda: None,
        "ack": lambda: stage.acknowledges(who),
        "snooze": lambda: stage.snoozes(who, f"{dice.randint(5, 90)}m"),
        "silence": lambda: stage.silences(f"{dice.randint(5, 50)}m", alertname="Disk"),
        "later": lambda: stage.silences("20m", after=f"{dice.randint(1, 9)}m", alertname="Disk"),
        "override": lambda: stage.overrides("primary", who, f"{dice.randint(5, 90)}m"),
        "escalate": lambda: stage.acts(events.Escalated(who, 1)),
        "reassign": lambda: stage.acts(events.Reassigned(who, (Target("person", dice.choice(PEOPLE)),))),
        "joins": lambda: stage.alert("Disk#2", severity="error"),
    }
    acts[what]()
    return what


@pytest.fixture(autouse=True)
def _every_sender_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due in one instant leaves in that instant, and not when the stage looks next."""
    monkeypatch.setattr(Phone, "at_once", 1000)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_foreseen_comes_to_pass(opens: Opens, seed: int) -> None:
    dice = random.Random(seed)
    policy = a_policy(dice)
    day, hour = dice.randint(2, 8), dice.choice([3, 8, 9, 16, 22])
    stage = opens(policy, starts=f"2026-03-{day:02}T{hour:02}:{dice.randint(0, 59):02}").edits_team(CALLS)
    assert stage.problem is None, stage.problem
    stage.alert("Disk", severity=dice.choice(["critical", "error", "warning"])).passes(f"{dice.randint(0, 900)}s")
    what = something_happens(stage, dice)
    stage.passes(f"{dice.randint(0, 200)}s")
    found = foreseen(stage)
    end = stage.now + 6 * HOUR
    wanted = [told for told in expected(found) if told[0] < min(found.until, end)]
    assert wanted or found.ends != "again", "nothing was foreseen: the story proves nothing"
    done = happens(stage, found._replace(until=min(found.until, end)))
    assert done == wanted, f"after {what}:\n{policy}\n{stage.timeline()}"
