"""Policy files on disk: which of them count, what identifies them, and what cannot be read."""

import os

import pytest

from escalator.language import Unreadable, compile_book, digest, load_sources


def test_a_folder_is_all_its_policy_files_below_it(tmp_path):
    (tmp_path / "teams" / "web").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for name in ("b.yml", "a.yaml", "teams/web/c.yaml", "a.test.yaml", "notes.md", ".hidden.yaml", ".git/x.yaml"):
        (tmp_path / name).write_text(f"# {name}")
    assert load_sources(tmp_path) == {
        "a.yaml": "# a.yaml",
        "b.yml": "# b.yml",
        "teams/web/c.yaml": "# teams/web/c.yaml",
    }


def test_a_single_file_is_a_policy_by_itself(tmp_path):
    (tmp_path / "oncall.yaml").write_text("version: 1")
    assert load_sources(str(tmp_path / "oncall.yaml")) == {"oncall.yaml": "version: 1"}


def test_a_kubernetes_configmap_is_read_once(tmp_path):
    """It mounts `main.yaml -> ..data/main.yaml` and `..data -> ..2026_01_01`."""
    (tmp_path / "..2026_01_01" / "teams").mkdir(parents=True)
    (tmp_path / "..2026_01_01" / "main.yaml").write_text("version: 1")
    (tmp_path / "..2026_01_01" / "teams" / "web.yaml").write_text("version: 1")
    (tmp_path / "..data").symlink_to("..2026_01_01")
    (tmp_path / "main.yaml").symlink_to("..data/main.yaml")
    (tmp_path / "teams").symlink_to("..data/teams")
    assert set(load_sources(tmp_path)) == {"main.yaml", "teams/web.yaml"}


def test_links_in_a_circle_end(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "back").symlink_to("..")
    (tmp_path / "a" / "x.yaml").write_text("")
    assert set(load_sources(tmp_path)) == {"a/x.yaml"}


def test_what_does_not_exist_is_unreadable(tmp_path):
    with pytest.raises(Unreadable) as caught:
        load_sources(tmp_path / "none")
    (found,) = caught.value.diagnostics
    assert (found.code, found.line) == ("E100", 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_entered_refuses_the_whole(tmp_path):
    (tmp_path / "main.yaml").write_text("")
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(Unreadable):
        load_sources(tmp_path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path, monkeypatch):
    (tmp_path / "main.yaml").write_text("")
    monkeypatch.setattr("escalator.language.sources._read", refuse)
    with pytest.raises(Unreadable) as caught:
        load_sources(tmp_path)
    assert caught.value.diagnostics[0].file == "main.yaml"
    assert "Permission denied" in str(caught.value)


def refuse(_file):
    raise PermissionError(13, "Permission denied")


def test_too_many_files_are_a_mistaken_path(tmp_path, monkeypatch):
    monkeypatch.setattr("escalator.language.sources.MOST", 3)
    for number in range(4):
        (tmp_path / f"{number}.yaml").write_text("")
    with pytest.raises(Unreadable, match="is this the right place"):
        load_sources(tmp_path)


def test_bytes_that_are_not_utf8_and_files_that_are_too_large_become_diagnostics(tmp_path):
    (tmp_path / "bad.yaml").write_bytes(b"people:\n  jos\xe9: {}\n")
    (tmp_path / "large.yaml").write_bytes(b"#" * 1_000_000)
    sources = load_sources(tmp_path)
    assert len(sources["large.yaml"]) < 300_000
    found = compile_book(sources).diagnostics
    assert [(each.file, each.code) for each in found] == [("bad.yaml", "E101"), ("large.yaml", "E106")]
    assert len(digest(sources)) == 64


def test_the_digest_depends_on_names_and_texts_but_not_on_their_order():
    assert digest({"a": "x", "b": "y"}) == digest({"b": "y", "a": "x"})
    assert len({digest(each) for each in ({}, {"a": "x"}, {"a": "y"}, {"b": "x"}, {"a": "", "x": ""}, {"ax": ""})}) == 6


def test_compiling_is_deterministic_whatever_the_order_of_files():
    one = {"a.yaml": "people: {b: 1}\n", "b.yaml": "people: {b: 2}\ncatch_all: x\n"}
    other = dict(reversed(one.items()))
    assert compile_book(one) == compile_book(other)
