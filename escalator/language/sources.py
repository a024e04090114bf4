"""Policy files on disk as texts, and what identifies them. The only file of the language that touches a disk."""

import os
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from escalator.language.diagnostics import Diagnostic
from escalator.language.reading import LARGEST

LARGEST_CALENDAR = 1024 * 1024
"""Characters of one calendar."""
MOST = 5000
"""Files in one directory: more is a mistaken path, such as `/`."""


class Unreadable(OSError):
    """Files could not be read at all; `diagnostics` says which and why."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(f"{each.file}: {each.message}" for each in diagnostics))
        self.diagnostics = diagnostics


def load_sources(path: str | Path) -> dict[str, str]:
    """Text by relative path, of one file, or of every policy file and calendar below a directory, sorted.

    Bytes that are not UTF-8 become lone surrogates, which `compile_book` reports with their place. Raises Unreadable.
    """
    return _load(Path(path), lambda name: is_policy(name) or is_calendar(name))


def load_trials(path: str | Path) -> dict[str, str]:
    """Likewise for one test file, or for every one below a directory."""
    return _load(Path(path), is_trial)


def _load(root: Path, wanted: Callable[[str], bool]) -> dict[str, str]:
    try:
        root.stat()
    except OSError as error:
        _refuse(error)
    below = () if root.is_file() else _below(root, wanted)
    files = {root.name: root} if root.is_file() else {file.relative_to(root).as_posix(): file for file in below}
    sources, failed = {}, []
    for name in sorted(files):
        try:
            sources[_speakable(name)] = _read(files[name])
        except OSError as error:
            failed.append(unreadable(_speakable(name), error.strerror or "it cannot be read"))
    if failed:
        raise Unreadable(tuple(failed))
    return sources


def _below(root: Path, wanted: Callable[[str], bool]) -> Iterator[Path]:
    """Hidden entries are left out: a Kubernetes ConfigMap keeps its old versions in `..data`-like directories."""
    seen: set[str] = set()
    count = 0
    for folder, folders, names in os.walk(root, followlinks=True, onerror=_refuse):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            file = Path(folder, name)
            if wanted(name) and file.is_file():
                count += 1
                if count > MOST:
                    raise Unreadable(
                        (unreadable(str(root), f"more than {MOST} policy files: is this the right place?"),)
                    )
                yield file


def _refuse(error: OSError) -> NoReturn:
    """A folder that is silently left out could hold the policy that pages."""
    raise Unreadable((unreadable(str(error.filename), error.strerror or "it cannot be read"),)) from error


def is_policy(name: str) -> bool:
    """Whether a file of this name is part of the policies; `*.test.yaml` are their tests."""
    return name.endswith((".yaml", ".yml")) and not name.startswith(".") and not is_trial(name)


def is_trial(name: str) -> bool:
    """Whether a file of this name holds tests of the policies beside it."""
    return name.endswith((".test.yaml", ".test.yml")) and not name.startswith(".")


def is_calendar(name: str) -> bool:
    """Whether a file of this name holds shifts that a layer may take."""
    return name.endswith(".ics") and not name.startswith(".")


def largest(name: str) -> int:
    """How many bytes a file of this name may have."""
    return LARGEST_CALENDAR if is_calendar(name) else LARGEST


def _read(file: Path) -> str:
    most = largest(file.name)
    with file.open("rb") as stream:
        # One byte more than allowed is enough to know that there are too many.
        return stream.read(most + 1).decode("utf-8", "surrogateescape")


def _speakable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def unreadable(file: str, message: str) -> Diagnostic:
    """That a file could not be had."""
    return Diagnostic("E100", "error", message, file, 1, 1, 2, "check the path and its permissions")


def digest(sources: Mapping[str, str]) -> str:
    """Hex SHA-256 over names and texts; the same whatever order they come in."""
    state = sha256()
    for name in sorted(sources):
        for part in (name, sources[name]):
            raw = part.encode("utf-8", "surrogatepass")
            state.update(len(raw).to_bytes(8, "big") + raw)
    return state.hexdigest()
