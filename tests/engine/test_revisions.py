"""What becomes of what is pushed: admitted, refused and shown, rolled back; by two replicas on one database."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from escalator.core.effects import Refused
from escalator.core.instant import Instant
from escalator.engine.origins import Folder, Repository
from escalator.settings import policies
from escalator.store import revisions
from escalator.store.db import Database
from tests.engine.forge import Forge
from tests.engine.replicas import BROKEN, FASTER, PAGE, SLOWER, Replica, replicas


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    (tmp_path / "mirrors").mkdir()
    monkeypatch.setattr("escalator.engine.checkout.HOME", str(tmp_path / "mirrors"))
    return Forge(tmp_path)


def of_git(forge: Forge, name: str) -> Callable[[Database], Replica]:
    return lambda database: Replica(database, Repository(policies(f"{forge.url}#main")), name)


@pytest.fixture
async def both(forge: Forge, database_url: str) -> AsyncIterator[list[Replica]]:
    """Two replicas on one database, and one branch. SQLite is one process's: there they share its opening."""
    forge.pushes("Pages Ana", main=PAGE)
    if database_url.startswith("sqlite"):
        database = await Database.open(database_url)
        made = [Replica(database, Repository(policies(f"{forge.url}#main")), name) for name in ("one", "two")]
        yield made
        for replica in made:
            await replica.revisions.stop()
        await database.close()
        return
    async with replicas(database_url, of_git(forge, "one"), of_git(forge, "two")) as made:
        yield made


@pytest.fixture
async def one(both: list[Replica]) -> Replica:
    await both[0].revisions.start()
    return both[0]


async def test_the_first_start_waits_for_the_repository_and_records_where_it_came_from(
    one: Replica, forge: Forge
) -> None:
    live = (await one.revisions.situation()).live
    assert live is not None
    assert (live.number, live.by, live.restores) == (1, "one", None)
    assert (live.stamp.author, live.stamp.subject) == ("Ana <ana@example.com>", "Pages Ana")
    assert live.stamp.commit == forge.git("rev-parse", "HEAD")
    assert live.stamp.origin == f"{forge.url}#main"
    [(by, detail)] = await one.audited("policy.admit")
    assert by == "one"
    assert json.loads(detail)["commit"] == live.stamp.commit


async def test_a_push_is_live_after_a_pull_and_not_before(one: Replica, forge: Forge) -> None:
    forge.pushes("Faster", main=FASTER)
    assert await one.looks() == 1
    assert await one.pulls() == 2
    assert one.problem == ""


async def test_a_broken_push_is_refused_and_every_replica_shows_it(both: list[Replica], forge: Forge) -> None:
    one, two = both
    await one.revisions.start()
    commit = forge.pushes("Oops", main=BROKEN)
    assert await one.pulls() == 1
    assert "unknown person `anna`" in one.problem
    await two.revisions.follow()
    for replica in both:
        waits = await replica.waiting()
        assert waits is not None
        assert waits.stamp.commit == commit
        assert waits.stamp.subject == "Oops"
        assert "anna" in waits.reason
        assert [each["file"] for each in waits.diagnostics] == ["main.yaml"]
    forge.pushes("Mended", main=FASTER)
    assert await two.pulls() == 2
    assert [await replica.waiting() for replica in both] == [None, None]
    assert await one.pulls() == 2
    assert one.problem == ""


async def test_a_broken_push_that_is_reverted_waits_no_longer(one: Replica, forge: Forge) -> None:
    forge.pushes("Oops", main=BROKEN)
    await one.pulls()
    forge.pushes("Revert", main=PAGE)
    assert await one.pulls() == 1
    assert (one.problem, await one.waiting()) == ("", None)


async def test_a_broken_push_that_is_taken_back_by_force_waits_no_longer_though_who_refused_it_is_gone(
    both: list[Replica], forge: Forge
) -> None:
    one, two = both
    await one.revisions.start()
    await two.revisions.start()
    await two.settled()
    first = forge.git("rev-parse", "HEAD")
    forge.pushes("Oops", main=BROKEN)
    await one.pulls()
    await two.looks()
    assert await two.waiting() is not None, "that it has not fetched it says nothing"
    forge.goes_back_to(first)
    await two.pulls()
    assert await two.waiting() is None


async def test_a_broken_guarantee_is_refused_in_its_own_words(database: Database, tmp_path: Path) -> None:
    def prove(sources: Mapping[str, str], live: Mapping[str, str] | None, now: Instant) -> list[str]:
        slow = any("escalate_after: 9m" in text for text in sources.values())
        return ["a human within 5m: nobody for 9m"] if slow else []

    file = tmp_path / "policies" / "main.yaml"
    file.parent.mkdir()
    file.write_text(PAGE)
    one = Replica(database, Folder(file.parent), "one", prove)
    await one.revisions.start()
    file.write_text(SLOWER)
    assert await one.looks() == 1
    assert one.problem == "a guarantee does not hold:\na human within 5m: nobody for 9m"
    assert one.gauge == (1, one.problem)
    waits = await one.waiting()
    assert waits is not None
    assert waits.reason == one.problem
    file.write_text(FASTER)
    assert await one.looks() == 2
    assert await one.waiting() is None


async def test_a_first_start_on_a_broken_guarantee_runs_and_says_so(database: Database, tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(PAGE)
    one = Replica(database, Folder(tmp_path / "main.yaml"), "one", lambda sources, live, now: ["nobody for 5m"])
    await one.revisions.start()
    assert one.live == 1
    assert "nobody for 5m" in one.problem


async def test_an_unreachable_repository_keeps_the_last_good_revision_running_over_a_restart(
    both: list[Replica], forge: Forge
) -> None:
    one, two = both
    await one.revisions.start()
    forge.bare.rename(forge.bare.with_suffix(".away"))
    assert await one.pulls() == 1
    assert "cannot be fetched" in one.problem
    await two.revisions.start()
    await two.settled()
    assert two.live == 1
    assert "cannot be fetched" in two.problem
    assert await two.waiting() is None, "that nobody can be asked is no newer revision"
    forge.bare.with_suffix(".away").rename(forge.bare)
    assert await two.pulls() == 1
    assert two.problem == ""


async def test_a_commit_that_cannot_be_read_waits_with_its_reason(one: Replica, forge: Forge) -> None:
    (forge.tree / "more.yaml").symlink_to("main.yaml")
    commit = forge.pushes("A link")
    assert await one.pulls() == 1
    waits = await one.waiting()
    assert waits is not None
    assert waits.stamp.commit == commit
    assert "symbolic link" in waits.reason


async def test_what_one_replica_admits_the_other_adopts_without_a_pull(both: list[Replica], forge: Forge) -> None:
    one, two = both
    await one.revisions.start()
    await two.revisions.start()
    await two.settled()
    forge.pushes("Faster", main=FASTER)
    assert await one.pulls() == 2
    assert await two.looks() == 2
    assert await two.pulls() == 2
    assert (one.problem, two.problem) == ("", "")


async def test_a_force_push_to_an_earlier_commit_is_a_wish_of_whoever_pushed(one: Replica, forge: Forge) -> None:
    first = forge.git("rev-parse", "HEAD")
    forge.pushes("Faster", main=FASTER)
    await one.pulls()
    forge.goes_back_to(first)
    assert await one.pulls() == 3
    assert one.world.book.policies["page"].levels[0].escalate_after == 5 * 60 * 10**6


async def test_after_a_restart_an_earlier_commit_may_be_a_mirror_that_is_behind(
    both: list[Replica], forge: Forge
) -> None:
    one, two = both
    await one.revisions.start()
    first = forge.git("rev-parse", "HEAD")
    forge.pushes("Faster", main=FASTER)
    await one.pulls()
    forge.goes_back_to(first)
    await two.revisions.start()
    await two.settled()
    assert two.live == 2
    assert "admitted before" in two.problem


async def test_a_revert_is_a_newer_commit_and_runs_though_its_content_ran_before(
    both: list[Replica], forge: Forge
) -> None:
    one, two = both
    await one.revisions.start()
    forge.pushes("Faster", main=FASTER)
    await one.pulls()
    forge.pushes("Revert Faster", main=PAGE)
    await two.revisions.start()
    await two.settled()
    assert two.live == 3, "a process that never saw the second commit takes the third for what it is"


async def test_a_rollback_is_a_new_revision_that_every_replica_runs(both: list[Replica], forge: Forge) -> None:
    one, two = both
    await one.revisions.start()
    await two.revisions.start()
    await two.settled()
    first = forge.git("rev-parse", "HEAD")
    bad = forge.pushes("Faster", main=FASTER)
    await one.pulls()
    assert await one.revisions.roll_back(1, "bob") == 3
    assert (one.live, await two.looks()) == (3, 3)
    for replica in both:
        assert replica.world.book.policies["page"].levels[0].escalate_after == 5 * 60 * 10**6
        live, waits = await replica.revisions.situation()
        assert live is not None
        assert waits is not None
        assert (live.restores, live.by, live.stamp.commit) == (1, "bob", first)
        assert waits.stamp.commit == bad
        assert "ran as revision 2, and bob rolled back to revision 1" in waits.reason
    [(by, detail)] = await one.audited("policy.rollback")
    assert (by, json.loads(detail)["restores"], json.loads(detail)["revision"]) == ("bob", 1, 3)


async def test_what_was_rolled_back_does_not_come_again_until_it_changes(both: list[Replica], forge: Forge) -> None:
    one, two = both
    await one.revisions.start()
    forge.pushes("Faster", main=FASTER)
    await one.pulls()
    await one.revisions.roll_back(1, "bob")
    assert await one.pulls() == 3
    forge.pushes("Only words", readme="# this is a policy file too, and changes no content of the others")
    forge.git("rm", "--quiet", "readme.yaml")
    forge.pushes("And without them")
    assert await one.pulls() == 3, "another commit of the same content"
    await two.revisions.start()
    await two.settled()
    assert two.live == 3, "a restart does not bring it back"
    assert "rolled back" in two.problem
    forge.pushes("Slower", main=SLOWER)
    assert await two.pulls() == 4
    assert (two.problem, await two.waiting()) == ("", None)


async def test_a_rollback_can_itself_be_rolled_back(one: Replica, forge: Forge) -> None:
    forge.pushes("Faster", main=FASTER)
    await one.pulls()
    await one.revisions.roll_back(1, "bob")
    assert await one.revisions.roll_back(2, "ana") == 4
    assert (one.live, one.problem, await one.waiting()) == (4, "", None)


@pytest.mark.parametrize(("number", "why"), [(2, "no revision 2"), (0, "no revision 0"), (1, "is what runs already")])
async def test_what_cannot_be_rolled_back_to_is_refused(one: Replica, number: int, why: str) -> None:
    with pytest.raises(Refused, match=why):
        await one.revisions.roll_back(number, "bob")
    assert await one.looks() == 1


async def test_a_rollback_that_is_asked_for_twice_is_done_once(one: Replica, forge: Forge) -> None:
    forge.pushes("Faster", main=FASTER)
    await one.pulls()
    assert [await one.revisions.roll_back(1, "bob") for _ in range(2)] == [3, 3]
    assert len(await one.audited("policy.rollback")) == 1


async def test_two_replicas_that_roll_back_at_once_make_one_revision_or_two_and_agree(
    both: list[Replica], forge: Forge
) -> None:
    one, two = both
    await one.revisions.start()
    forge.pushes("Faster", main=FASTER)
    await one.pulls()
    await two.revisions.follow()
    await one.revisions.roll_back(1, "ana")
    await two.revisions.roll_back(1, "bob")
    assert (await one.looks(), await two.looks()) == (3, 3)


async def test_a_folder_that_was_rolled_back_goes_on_with_what_is_written_next(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "main.yaml"
    file.write_text(PAGE)
    one = Replica(database, Folder(file), "one")
    await one.revisions.start()
    file.write_text(FASTER)
    await one.looks()
    await one.revisions.roll_back(1, "bob")
    assert await one.looks() == 3
    assert "rolled back" in one.problem
    file.write_text(PAGE)
    assert await one.looks() == 3, "what runs: the disk is in step"
    assert (one.problem, await one.waiting()) == ("", None)
    file.write_text(FASTER)
    assert await one.looks() == 4, "and from there every edit is a wish"


async def test_a_webhook_pulls_once_for_the_same_bytes(both: list[Replica], forge: Forge) -> None:
    one, two = both
    await one.revisions.start()
    forge.pushes("Faster", main=FASTER)
    assert await one.revisions.told(b"push") is True
    await one.settled()
    assert one.live == 2
    forge.pushes("Slower", main=SLOWER)
    assert [await replica.revisions.told(b"push") for replica in both] == [False, False]
    await one.settled()
    assert one.live == 2
    assert await two.revisions.told(b"another push") is True
    await two.settled()
    assert two.live == 3


async def test_history_is_the_newest_first_and_pages(one: Replica, forge: Forge) -> None:
    forge.pushes("Faster", main=FASTER)
    await one.pulls()
    await one.revisions.roll_back(1, "bob")
    found = await one.database.read(lambda c: revisions.heads(c, 2))
    assert [(each.number, each.restores, each.stamp.subject, each.sources) for each in found] == [
        (3, 1, "Pages Ana", {}),
        (2, None, "Faster", {}),
    ]
    assert [each.number for each in await one.database.read(lambda c: revisions.heads(c, 2, 2))] == [1]
    whole = await one.database.read(lambda c: revisions.load(c, 3))
    assert whole is not None
    assert whole.sources == {"main.yaml": PAGE}


async def test_two_replicas_that_admit_the_same_push_at_once_agree_on_one_number(
    both: list[Replica], forge: Forge
) -> None:
    await asyncio.gather(*(replica.revisions.start() for replica in both), return_exceptions=True)
    for replica in both:
        await replica.settled()
        assert await replica.looks() == 1
    forge.pushes("Faster", main=FASTER)
    await asyncio.gather(*(replica.pulls() for replica in both), return_exceptions=True)
    assert [await replica.looks() for replica in both] == [2, 2]
    assert [replica.problem for replica in both] == ["", ""]
    assert await both[0].database.read(revisions.newest_number) == 2
