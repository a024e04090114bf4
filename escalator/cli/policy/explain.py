"""`escalator policy explain`: what a code means, with an example and its cure."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from escalator.cli import output
from escalator.cli.options import Json, Usage

if TYPE_CHECKING:
    from escalator.language.codes import Code


def explain(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="As E210; all of them where not said.")] = None,
    as_json: Json = False,
) -> None:
    """Say what a code of `policy check` means: why it is wrong, an example, and the same example cured.

    Example: escalator policy explain E210
    """
    from escalator.language.codes import CODES, nearest

    if code is None:
        _list(list(CODES.values()), as_json)
        return
    known = CODES.get(code.strip().upper())
    if known is None:
        raise Usage(f"there is no code {code!r}; did you mean {nearest(code)}? escalator policy explain lists all")
    if as_json:
        output.document(_document(known))
    else:
        _tell(known)


def _list(codes: "list[Code]", as_json: bool) -> None:
    if as_json:
        output.document([_document(each) for each in codes])
    else:
        output.table(["code", "what"], [[each.code, each.title] for each in codes], "No codes.")


def _document(each: "Code") -> dict[str, str]:
    from escalator.language.codes.page import shown

    return {
        "code": each.code,
        "severity": "error" if each.code[0] == "E" else "warning",
        "title": each.title,
        "text": each.text,
        "wrong": "\n".join(shown(each.wrong)),
        "right": "\n".join(shown(each.right)),
    }


def _tell(each: "Code") -> None:
    from rich.console import Console
    from rich.text import Text

    from escalator.language.codes.page import shown

    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    console.print(Text(f"{each.code}: {each.title}", "bold red" if each.code[0] == "E" else "bold yellow"))
    console.print(Text(f"\n{each.text}\n"))
    for words, example, style in (("Wrong:", each.wrong, "red"), ("Right:", each.right, "green")):
        console.print(Text(words, "bold"))
        for line in shown(example):
            console.print(Text(f"    {line}", style))
    console.print(Text(f"\ndocs/codes.md#{each.code.lower()}", "blue"))
