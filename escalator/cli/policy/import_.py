"""`escalator policy import`: an export of another system in, policy files and a report of what became of it out."""

from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from escalator.cli import output
from escalator.cli.client import Refused
from escalator.cli.options import Json, Usage

if TYPE_CHECKING:
    from escalator.importers import Imported
    from escalator.language import Diagnostic

REPORT = "import-{}.md"
SUFFIXES = (".json", ".yml", ".yaml")
MOST, LARGEST = 5000, 64 * 1024 * 1024
"""Files of an export, and bytes of them together: more is a mistaken path."""


class Source(StrEnum):
    """Where the export comes from."""

    GRAFANA_ONCALL = "grafana-oncall"
    OPSGENIE = "opsgenie"
    PAGERDUTY = "pagerduty"
    GOALERT = "goalert"
    ALERTMANAGER = "alertmanager"
    PROMETHEUS_RULES = "prometheus-rules"


def import_(
    source: Annotated[Source, typer.Argument(metavar="SOURCE", help=", ".join(Source), show_default=False)],
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Exported files, or directories of them.", show_default=False)
    ],
    directory: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the policy files go.")],
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    as_json: Json = False,
) -> None:
    """Turn an export of another system into policy files, and say what carried over, what changed, what could not.

    SOURCE is one of grafana-oncall, opsgenie, pagerduty, goalert (files of JSON, as their APIs answer), alertmanager
    (alertmanager.yml), prometheus-rules (a directory of rule files; adds the alert catalogue to policies that exist).

    How to fetch an export with curl: docs/migrating.md. No phone number and no URL is written, only names of secrets.

    Example: escalator policy import pagerduty export/ --output policies
    """
    from escalator.importers import SOURCES, Unimportable

    files = _read(paths)
    try:
        imported = SOURCES[source](files)
    except Unimportable as error:
        raise Refused(str(error)) from error
    written = _write(directory, {**imported.files, REPORT.format(source): imported.report.as_markdown()}, force)
    found = _checked(directory, alone=source is Source.PROMETHEUS_RULES)
    errors = [each for each in found if each.severity == "error"]
    if as_json:
        output.document(_document(imported, written, found))
    else:
        _told(imported, written, found)
    if errors:
        raise typer.Exit(1)


def _read(paths: list[Path]) -> dict[str, bytes]:
    """Bytes by name; of a directory, by the path below it."""
    found: dict[str, bytes] = {}
    size = 0
    for path in paths:
        for name, file in _below(path):
            if name in found:
                raise Usage(f"{file}: there are two files of the name {name}")
            try:
                found[name] = file.read_bytes()
            except OSError as error:
                raise Usage(f"{file}: {error.strerror or 'it cannot be read'}") from error
            size += len(found[name])
            if len(found) > MOST or size > LARGEST:
                raise Usage(f"{path}: this is too much for an export; name its files or their own directory")
    if not found:
        raise Usage(f"no .json, .yml or .yaml file in {', '.join(map(str, paths))}")
    return found


def _below(path: Path) -> list[tuple[str, Path]]:
    """Names and files: one file whatever it is called, of a directory those that an export may hold."""
    if not path.is_dir():
        return [(path.name, path)]
    files = (file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    return [(file.relative_to(path).as_posix(), file) for file in sorted(islice(files, MOST + 1))]


def _write(directory: Path, texts: dict[str, str], force: bool) -> list[Path]:
    """The policy files and the report; nothing that is there already without `force`."""
    written = [directory / name for name in texts]
    there = [path for path in written if path.exists()]
    if there and not force:
        raise Usage(f"{there[0]} is there already; --force writes over it")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in zip(written, texts.values(), strict=True):
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}") from error
    return written


def _checked(directory: Path, *, alone: bool) -> "tuple[Diagnostic, ...]":
    """What `check` says of the whole directory; the catalogue alone is not a policy, and that is no fault of it."""
    import time

    from escalator.language import Unreadable, compile_book, load_sources

    try:
        sources = {str(directory / name): text for name, text in load_sources(directory).items()}
    except Unreadable as error:
        return error.diagnostics
    found = compile_book(sources, now=time.time_ns() // 1000).diagnostics
    lonely = alone and len(sources) == 1
    return tuple(each for each in found if not (lonely and each.code in ("E201", "E206")))


def _told(imported: "Imported", written: list[Path], found: "tuple[Diagnostic, ...]") -> None:
    for line in imported.report.as_text().splitlines():
        output.say(line)
    errors = sum(each.severity == "error" for each in found)
    output.warn(f"Wrote {', '.join(map(str, written))}: {imported.report.count()}.")
    for each in found:
        if each.severity == "error":
            output.warn(f"{each.severity}[{each.code}] {each.where}: {each.message}")
    verdict = "has errors" if errors else "is content"
    output.warn(f"`policy check` {verdict}: {errors} errors, {len(found) - errors} warnings.")


def _document(imported: "Imported", written: list[Path], found: "tuple[Diagnostic, ...]") -> dict[str, Any]:
    diagnostics = [{key: value for key, value in each._asdict().items() if key != "notes"} for each in found]
    ok = not any(each.severity == "error" for each in found)
    files = [str(path) for path in written]
    return {"ok": ok, "files": files, "report": imported.report.as_document(), "diagnostics": diagnostics}
