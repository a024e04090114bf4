"""Diagnostics as workflow commands of GitHub Actions, which show them at the line in the pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions. Law: every text is escaped, so that no
name in a policy can end a command and begin another.
"""

from collections.abc import Iterable

from escalator.language.diagnostics import Diagnostic, printable

ESCAPES = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
"""In the order in which they must be done: the sign that begins an escape comes first."""
OF_PROPERTIES = ((":", "%3A"), (",", "%2C"))


def annotations(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """One command for each."""
    return [_command(each) for each in diagnostics]


def _command(each: Diagnostic) -> str:
    # `col` and `endColumn` are only taken where the annotation is of one line, which all of ours are.
    properties = {
        "file": each.file,
        "line": each.line,
        "endLine": each.line,
        "col": each.column,
        "endColumn": max(each.column, each.end - 1),
        "title": f"{each.code} in a policy",
    }
    said = ",".join(f"{key}={_escaped(str(value), ESCAPES + OF_PROPERTIES)}" for key, value in properties.items())
    words = [each.message, *([f"help: {each.help}"] if each.help else [])]
    words += [f"{note.mark} {note.text}" for note in each.notes]
    text = "\n".join(map(printable, words))
    return f"::{each.severity} {said}::{_escaped(text, ESCAPES)}"


def _escaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for sign, escape in escapes:
        text = text.replace(sign, escape)
    return text
