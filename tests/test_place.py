"""Where policies are: a folder or a repository, and that no password of one shows."""

import pytest

from escalator.config import SettingsError, load
from escalator.core.instant import MINUTE, SECOND
from escalator.settings import Place, Secret, policies


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("policies", Place("policies")),
        ("/etc/escalator/policies", Place("/etc/escalator/policies")),
        ("./a#b:c", Place("./a#b:c")),  # a folder may be called so
        ("legit/", Place("legit/")),
        ("ext::sh -c id", Place("ext::sh -c id")),
        ("https://git.example/oncall", Place("https://git.example/oncall", True)),
        ("https://git.example/oncall.git#main", Place("https://git.example/oncall.git", True, "main")),
        ("https://git.example/oncall#:policies/", Place("https://git.example/oncall", True, None, "policies")),
        ("https://git.example/o#feature/x:a/./b", Place("https://git.example/o", True, "feature/x", "a/b")),
        ("ssh://git@git.example:22/o.git", Place("ssh://git@git.example:22/o.git", True)),
        ("git@git.example:acme/o.git#main:p", Place("git@git.example:acme/o.git", True, "main", "p")),
        ("git://git.example/o", Place("git://git.example/o", True)),
        ("file:///srv/oncall.git#main", Place("file:///srv/oncall.git", True, "main")),
        ("/srv/oncall.git#main:p", Place("/srv/oncall.git", True, "main", "p")),
    ],
)
def test_a_folder_and_a_repository_are_told_apart(text: str, place: Place) -> None:
    assert policies(text) == place


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("http://git.example/o", "https"),  # anybody on the way could say who is paged
        ("ftp://git.example/o", "https"),
        ("https://", "https"),
        ("https://git.example/o#-x", "branch"),
        ("https://git.example/o#a..b", "branch"),
        ("https://git.example/o#a b", "branch"),
        ("https://git.example/o#x.lock", "branch"),
        ("https://git.example/o#main:../../etc", "leave out"),
    ],
)
def test_what_is_neither_is_refused_with_its_cure(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        policies(text)


@pytest.mark.parametrize(
    "text",
    ["https://bot:canary%2Fword@git.example/o.git#main:p", "https://canary@git.example/o.git",
     "ssh://git:canary@git.example/o.git"],
)  # fmt: skip
def test_a_login_is_kept_apart_and_never_shown(text: str) -> None:
    settings = load({"ESCALATOR_POLICIES": text})
    place = settings.policies
    assert "canary" not in f"{place} {place!r} {settings!r} {place.url}"
    assert place.url.startswith(("https://git.example/o.git", "ssh://git@git.example/o.git"))


def test_a_login_is_decoded_and_shown_as_stars() -> None:
    place = policies("https://bot:canary%2Fword@git.example/o.git#main:p")
    assert place.login == Secret("bot:canary/word")
    assert str(place) == "https://***@git.example/o.git#main:p"
    assert str(policies("https://git.example/o.git")) == "https://git.example/o.git"


def test_an_error_about_it_repeats_nothing_of_it() -> None:
    with pytest.raises(SettingsError) as raised:
        load({"ESCALATOR_POLICIES": "http://bot:canary@git.example/o"})
    assert "canary" not in str(raised.value)
    assert "ESCALATOR_POLICIES" in str(raised.value)


def test_the_interval_is_bounded() -> None:
    assert load({}).policies_interval == MINUTE
    assert load({"ESCALATOR_POLICIES_INTERVAL": "5s"}).policies_interval == 5 * SECOND
    for wrong in ("4s", "2d", "60"):
        with pytest.raises(SettingsError):
            load({"ESCALATOR_POLICIES_INTERVAL": wrong})
