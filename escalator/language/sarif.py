"""Diagnostics as SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.

Law: columns are code points, and the log says so (3.14.17): a column without its unit points beside the mark as soon
as a line has an emoji. No secret leaves the file: what E220 points at is blotted out of the snippet too.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from escalator.language.codes import CODES
from escalator.language.diagnostics import Diagnostic, Mark, blots, blotted, printable, source_line

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""The base of relative addresses: the folder in which the check ran."""


def sarif(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], version: str, page: str) -> dict[str, Any]:
    """One log with one run. `page`: the address of docs/codes.md."""
    every = list(diagnostics)
    codes = sorted({each.code for each in every})
    hidden = blots(every)
    results = [_result(each, codes, sources, hidden.get((each.file, each.line), [])) for each in every]
    driver = {
        "name": "escalator policy check",
        "semanticVersion": version,
        "informationUri": page,
        "rules": [_rule(code, page) for code in codes],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, page: str) -> dict[str, Any]:
    known = CODES[code]
    anchor = f"{page}#{code.lower()}"
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.text},
        "help": {"text": f"{known.text}\n\n{anchor}", "markdown": f"{known.text}\n\n[{code}]({anchor})"},
        "helpUri": anchor,
        "defaultConfiguration": {"level": "error" if code[0] == "E" else "warning"},
    }


def _result(
    each: Diagnostic, codes: list[str], sources: Mapping[str, str], hidden: list[tuple[int, int]]
) -> dict[str, Any]:
    text = f"{each.message}. Help: {each.help}" if each.help else each.message
    found: dict[str, Any] = {
        "ruleId": each.code,
        "ruleIndex": codes.index(each.code),
        "level": each.severity,
        "message": {"text": printable(text)},
        "locations": [_location(Mark(each.file, each.line, each.column, each.end))],
    }
    line = source_line(sources, each.file, each.line)
    if line.strip():
        region = found["locations"][0]["physicalLocation"]["region"]
        region["snippet"] = {"text": printable(blotted(line, hidden)[each.column - 1 : each.end - 1])}
    if each.notes:
        found["relatedLocations"] = [
            {"id": number, **_location(note.mark), "message": {"text": printable(note.text)}}
            for number, note in enumerate(each.notes, 1)
        ]
    return found


def _location(mark: Mark) -> dict[str, Any]:
    """`endColumn` is the one after the last character (3.30.8), as ours is."""
    region = {"startLine": mark.line, "startColumn": mark.column, "endColumn": max(mark.end, mark.column + 1)}
    return {"physicalLocation": {"artifactLocation": _address(mark.file), "region": region}}


def _address(file: str) -> dict[str, str]:
    path = file.replace("\\", "/")
    if path.startswith("/"):
        return {"uri": "file://" + quote(path)}
    return {"uri": quote(path.removeprefix("./")), "uriBaseId": ROOT}
