"""The files of an export: which file holds which of the vendor's resources, page by page.

A resource's rows stand in `users.json`, in `users-2.json`, or in `users/ANY.json`; what comes after the resource's name
is the owner of the rows, for answers that do not name it themselves.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from escalator.importers.fields import Field, Unimportable
from escalator.importers.report import Report

WRAPPERS = ("results", "data", "nodes")


class Row(NamedTuple):
    """One object of a resource, and what the file's name says of its owner."""

    field: Field
    owner: str


class Export:
    """The documents of one export, by the name of their file."""

    def __init__(self, files: Mapping[str, bytes], report: Report) -> None:
        self.report = report
        self.documents = {name: _parsed(name, files[name]) for name in sorted(files) if name.endswith(".json")}
        if not self.documents:
            raise Unimportable(min(files, default="the export"), "", "no JSON files here; see docs/migrating.md")
        self.used: set[str] = set()

    def rows(self, resource: str) -> list[Row]:
        """The objects of a resource, from all files that hold it."""
        found = []
        for name, document in self.documents.items():
            owner = _owner(name, resource)
            if owner is not None:
                self.used.add(name)
                found += [Row(field, owner) for field in self._pages(name, document, resource)]
        return found

    def fields(self, resource: str) -> list[Field]:
        return [row.field for row in self.rows(resource)]

    def _pages(self, name: str, document: Any, resource: str) -> Iterator[Field]:
        """One answer, or a list of answers as `jq --slurp` makes it."""
        pages = document if isinstance(document, list) else [document]
        wrapped = [_wrapper(page, resource) for page in pages]
        if isinstance(document, list) and not any(wrapped):
            yield from Field(name, "", {resource: document})[resource].items()
            return
        for index, (page, key) in enumerate(zip(pages, wrapped, strict=True)):
            field = Field(name, f"[{index}]" if isinstance(document, list) else "", page)
            self._complete(field, last=index == len(pages) - 1)
            held = field[key] if key else field
            yield from held.items() if isinstance(held.raw, list) else [held]

    def _complete(self, page: Field, last: bool) -> None:
        """A page that names a next one, which is not here, is half an export."""
        raw = page.raw if isinstance(page.raw, dict) else {}
        paging, info = raw.get("paging"), raw.get("pageInfo")
        more = raw.get("next") or raw.get("more") is True
        more = more or (isinstance(paging, dict) and paging.get("next"))
        more = more or (isinstance(info, dict) and info.get("hasNextPage") is True)
        alone = not any(re.search(r"[-_.](page[-_]?)?\d+\.json$", name) for name in self.documents)
        if more and last and alone:
            self.report.lost(page.file, "this is one page of several: the export is not complete; fetch the others too")

    def unused(self) -> list[str]:
        return [name for name in self.documents if name not in self.used]


def _owner(name: str, resource: str) -> str | None:
    """What the file's name says beside the resource; None where it is not the resource's."""
    path = PurePosixPath(name)
    word = re.escape(resource).replace("_", "[-_]")
    found = re.fullmatch(rf"{word}(?:[-_.](?P<owner>.+))?", path.stem)
    if found is not None:
        return found["owner"] or ""
    return path.stem if re.fullmatch(word, path.parent.name) else None


def _wrapper(page: Any, resource: str) -> str | None:
    """The key under which an answer holds its rows."""
    if not isinstance(page, dict):
        return None
    keys = (resource, resource.removesuffix("s"), *WRAPPERS)
    return next((key for key in keys if isinstance(page.get(key), list | dict)), None)


def _parsed(name: str, raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unimportable(name, f"byte {error.start}", "this is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise Unimportable(name, f"line {error.lineno}", f"this is not JSON: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise Unimportable(name, "", "this JSON nests too deeply, or holds a number of thousands of digits") from error
