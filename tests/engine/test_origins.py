"""What an origin offers: a branch of a real repository, or a folder; and why it offers nothing."""

import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest
import uvloop

from escalator.engine import gits
from escalator.engine.origins import Folder, Offer, Origin, Repository, Unusable, origin_of
from escalator.language import load_sources
from escalator.language.reading import LARGEST
from escalator.settings import Secret, policies
from tests.engine.forge import START, Forge

ONE = "version: 1\npolicies: {page: {levels: []}}\n"
TWO = ONE.replace("page", "pager")


@pytest.fixture(autouse=True)
def mirrors_lie_in_the_tests_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mirrors").mkdir()
    monkeypatch.setattr("escalator.engine.checkout.HOME", str(tmp_path / "mirrors"))


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    return Forge(tmp_path)


async def pulled(origin: Origin) -> Offer:
    await origin.pull()
    found = await origin.offer()
    assert found is not None
    return found


async def refused(origin: Origin) -> Unusable:
    await origin.pull()
    with pytest.raises(Unusable) as raised:
        await origin.offer()
    return raised.value


async def test_the_newest_commit_of_a_branch_is_offered_with_who_made_it(forge: Forge) -> None:
    commit = forge.pushes("Pages somebody", main=ONE, team__people=TWO)
    origin = Repository(policies(f"{forge.url}#main"))
    assert await origin.offer() is None
    offer = await pulled(origin)
    assert offer.sources == {"main.yaml": ONE, "team/people.yaml": TWO}
    assert offer.stamp == (f"{forge.url}#main", commit, "Ana <ana@example.com>", "Pages somebody", (START + 60) * 10**6)
    newer = forge.pushes("Pages another", main=TWO)
    assert (await origin.offer()) == offer, "nothing is fetched by an offer"
    assert (await pulled(origin)).stamp.commit == newer
    await origin.close()


async def test_a_folder_and_a_repository_of_the_same_files_offer_the_same_digest(forge: Forge) -> None:
    forge.pushes("all", main=ONE, team__people=TWO)
    (forge.tree / ".hidden.yaml").write_text("no")
    (forge.tree / "main.test.yaml").write_text("no")
    forge.pushes("and what is no policy", **{".github/workflow": "no"})
    mine = await pulled(Repository(policies(str(forge.bare))))
    assert mine.sources == load_sources(forge.tree)
    assert mine.digest == (await pulled(Folder(forge.tree))).digest


@pytest.mark.parametrize(
    ("inside", "names"), [("", {"main.yaml", "team/a.yaml"}), (":team", {"a.yaml"}), (":team/a.yaml", {"a.yaml"})]
)
async def test_only_what_lies_below_the_path_is_read(forge: Forge, inside: str, names: set[str]) -> None:
    forge.pushes("all", main=ONE, team__a=TWO)
    assert (await pulled(Repository(policies(f"{forge.url}#main{inside}")))).sources.keys() == names
    assert (await pulled(Repository(policies(f"{forge.url}#{inside}")))).sources.keys() == names


async def test_the_first_branch_is_the_repositorys_own(tmp_path: Path) -> None:
    forge = Forge(tmp_path, branch="trunk")
    forge.pushes("all", main=ONE)
    assert (await pulled(Repository(policies(forge.url)))).sources == {"main.yaml": ONE}


async def test_a_repository_without_policies_offers_none_as_an_empty_folder_does(forge: Forge, tmp_path: Path) -> None:
    (forge.tree / "README.md").write_text("nothing yet")
    forge.pushes("nothing yet")
    (tmp_path / "empty").mkdir()
    assert (await pulled(Repository(policies(forge.url)))).digest == (await pulled(Folder(tmp_path / "empty"))).digest


async def test_a_git_that_ends_before_it_has_read_everything_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec 0<&-\necho fatal: no >&2\nexit 128\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(gits.GitFailed, match=r"fatal: no|too soon"):
        await gits.git(tmp_path, "cat-file", "--batch", feed=b"x\n" * 1_000_000)


def test_the_same_under_the_loop_that_the_service_runs_on(forge: Forge) -> None:
    forge.pushes("one", main=ONE)
    origin = Repository(policies(forge.url))
    assert uvloop.run(pulled(origin)).sources == {"main.yaml": ONE}
    with pytest.raises(gits.GitFailed):
        uvloop.run(gits.git(forge.tree, "cat-file", "--no-such-option", feed=b"x\n" * 1_000_000))


async def test_a_force_push_is_followed(forge: Forge) -> None:
    first = forge.pushes("one", main=ONE)
    forge.pushes("two", main=TWO)
    origin = Repository(policies(forge.url))
    assert (await pulled(origin)).sources == {"main.yaml": TWO}
    forge.goes_back_to(first)
    assert (await pulled(origin)).stamp.commit == first


async def test_a_branch_that_is_deleted_is_told_and_may_come_again(forge: Forge) -> None:
    forge.pushes("one", main=ONE)
    forge.git("push", "--quiet", "origin", "HEAD:oncall")
    origin = Repository(policies(f"{forge.url}#oncall"))
    await pulled(origin)
    forge.git("push", "--quiet", "origin", ":oncall")
    error = await refused(origin)
    assert "there is no branch oncall" in str(error)
    assert error.stamp.commit is None
    forge.git("push", "--quiet", "origin", "HEAD:oncall")
    assert (await pulled(origin)).sources == {"main.yaml": ONE}


async def test_a_path_that_is_missing_is_told_with_the_commit(forge: Forge) -> None:
    commit = forge.pushes("one", main=ONE)
    error = await refused(Repository(policies(f"{forge.url}#main:oncall")))
    assert "has no such path" in str(error)
    assert error.stamp.commit == commit


async def test_a_huge_file_is_refused_before_it_is_read(forge: Forge) -> None:
    forge.pushes("huge", main="#" * (LARGEST + 1))
    assert f"{LARGEST + 1} bytes are more than {LARGEST}" in str(await refused(Repository(policies(forge.url))))


async def test_a_symbolic_link_is_neither_followed_nor_left_out_in_silence(forge: Forge) -> None:
    (forge.tree / "passwords.yaml").symlink_to("/etc/passwd")
    forge.pushes("a link", main=ONE)
    error = await refused(Repository(policies(forge.url)))
    assert "passwords.yaml: a symbolic link is not followed" in str(error)
    assert "root:" not in str(error)


async def test_submodules_and_hooks_and_filters_of_the_repository_do_nothing(forge: Forge, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    (forge.tree / ".gitattributes").write_text("*.yaml filter=evil export-subst\n")
    (forge.tree / ".gitmodules").write_text(f'[submodule "m"]\n\tpath = m\n\turl = {forge.url}\n')
    commit = forge.commits("one", main=ONE)
    forge.git("update-index", "--add", "--cacheinfo", f"160000,{commit},m")
    forge.pushes("with a submodule")
    for hook in ("post-checkout", "post-update", "reference-transaction", "post-merge"):
        (forge.bare / "hooks").mkdir(exist_ok=True)
        file = forge.bare / "hooks" / hook
        file.write_text(f"#!/bin/sh\ntouch {marks}\n")
        file.chmod(0o755)
    origin = Repository(policies(forge.url))
    assert (await pulled(origin)).sources == {"main.yaml": ONE}
    assert not marks.exists()


async def test_what_cannot_be_reached_is_told_and_then_begun_anew(forge: Forge) -> None:
    forge.pushes("one", main=ONE)
    origin = Repository(policies(forge.url))
    await pulled(origin)
    away = forge.bare.rename(forge.bare.with_suffix(".away"))
    error = await refused(origin)
    assert "cannot be fetched" in str(error)
    assert error.stamp.commit is None
    away.rename(forge.bare)
    assert (await pulled(origin)).sources == {"main.yaml": ONE}


@pytest.mark.parametrize("url", ["ext::sh -c touch% pwned", "http://127.0.0.1:9/x.git", "ftp://127.0.0.1/x.git"])
async def test_other_protocols_are_not_spoken(url: str, tmp_path: Path) -> None:
    with pytest.raises(gits.GitFailed, match="not allowed"):
        await gits.git(tmp_path, "ls-remote", "--", url)
    assert not (tmp_path / "pwned").exists()


async def test_a_git_that_hangs_is_killed_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = tmp_path / "pids"
    script = f"#!{sys.executable}\nimport os, subprocess, time\nchild = subprocess.Popen(['sleep', '600'])\n"
    script += f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\ntime.sleep(600)\n"
    (tmp_path / "git").write_text(script)
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def dead(pid: str) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True

    async def ended() -> None:
        while not all(map(dead, pids.read_text().split())):
            await asyncio.sleep(0.01)

    async def running() -> None:
        while not (pids.exists() and len(pids.read_text().split()) == 2):
            await asyncio.sleep(0.01)

    call = asyncio.ensure_future(gits.git(tmp_path, "fetch", deadline=600))
    await asyncio.wait_for(running(), 30)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    # A kill is sent at once and carried out when the machine gets to it: who is never killed sleeps for 600 s.
    await asyncio.wait_for(ended(), 30)


async def test_a_deadline_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 600\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(gits.GitFailed, match=r"git fetch did not end within 0\.05 s"):
        await gits.git(tmp_path, "fetch", deadline=0.05)


async def test_a_machine_without_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no git on this machine" in str(await refused(Repository(policies("https://git.example/x.git"))))


async def test_the_login_goes_by_the_environment_and_our_own_secrets_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What git is told: its arguments and environment, written down by a git of ours."""
    told = tmp_path / "told"
    (tmp_path / "git").write_text(f'#!/bin/sh\n{{ echo "$@"; env; }} > {told}\nexit 1\n')
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("ESCALATOR_ADMIN_TOKEN", "canary-admin")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    place = policies("https://bot:canary%2Dword@git.example/oncall.git#main")
    login = (place.url, place.login or Secret(""))
    with pytest.raises(gits.GitFailed):
        await gits.git(tmp_path, "fetch", place.url, login=login)
    arguments, _, environment = told.read_text().partition("\n")
    assert "canary" not in arguments
    assert "https://git.example/oncall.git" in arguments
    assert "canary-admin" not in environment
    assert "GIT_DIR" not in environment
    assert "GIT_TERMINAL_PROMPT=0" in environment
    assert "GIT_CONFIG_VALUE_0=Authorization: Basic Ym90OmNhbmFyeS13b3Jk" in environment


async def test_a_login_stands_in_no_failure(tmp_path: Path) -> None:
    origin = Repository(policies("https://bot:canary-word@127.0.0.1:9/oncall.git#main"))
    error = await refused(origin)
    assert "canary" not in f"{error} {error.stamp} {origin.shown}"
    assert "https://***@127.0.0.1:9/oncall.git#main" in str(error)


async def test_those_who_ask_while_a_pull_runs_share_the_next(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    forge.pushes("one", main=ONE)
    origin = Repository(policies(forge.url))
    fetched = 0
    real = origin._mirror.fetch

    async def counted() -> object:
        nonlocal fetched
        fetched += 1
        return await real()

    monkeypatch.setattr(origin._mirror, "fetch", counted)
    await asyncio.gather(*(origin.pull() for _ in range(20)))
    assert fetched == 2


async def test_the_mirror_is_nobody_elses_and_goes_with_the_process(forge: Forge) -> None:
    forge.pushes("one", main=ONE)
    origin = Repository(policies(forge.url))
    await pulled(origin)
    folder = origin._mirror._folder
    assert folder is not None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    await origin.close()
    assert not folder.exists()


async def test_a_mirror_is_made_anew_after_many_commits(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalator.engine.checkout.RENEWED", 2)
    origin = Repository(policies(forge.url))
    folders = set()
    for number in range(4):
        forge.pushes(f"{number}", main=f"{ONE}# {number}\n")
        assert (await pulled(origin)).sources["main.yaml"].endswith(f"# {number}\n")
        folders.add(origin._mirror._folder)
    assert len(folders) == 2
    await origin.close()


async def test_a_folder_in_a_clean_work_tree_tells_its_commit_and_a_changed_one_does_not(forge: Forge) -> None:
    commit = forge.commits("one", oncall__main=ONE, other=ONE)
    folder = forge.tree / "oncall"
    assert (await pulled(Folder(folder))).stamp.commit == commit
    (forge.tree / "other.yaml").write_text("dirty, and none of ours")
    assert (await pulled(Folder(folder))).stamp.commit == commit
    (folder / "main.yaml").write_text(TWO)
    assert (await pulled(Folder(folder))).stamp == (str(folder), None, None, None, None)


async def test_a_folder_that_is_gone_is_told_and_read_afresh(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(ONE)
    origin = origin_of(tmp_path)
    before = await pulled(origin)
    away = tmp_path.rename(tmp_path.with_name("away"))
    assert str(tmp_path) in str(await refused(origin))
    away.rename(tmp_path)
    assert await pulled(origin) == before
