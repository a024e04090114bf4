"""`escalator policy schema`: the JSON Schema with which editors complete and explain policy files and their tests."""

from pathlib import Path
from typing import Annotated

import typer

from escalator.cli import output
from escalator.cli.options import Json, Usage


def schema(
    tests: Annotated[bool, typer.Option("--tests", help="That of test files, *.test.yaml.")] = False,
    to: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there, not to standard output.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the JSON Schema (draft-07) of policy files, with which editors complete, explain and check every key.

    It is drawn from the shapes that the loader reads. A line in each policy file names it, relative to that file:

    # yaml-language-server: $schema=.schema.json

    or the editor's settings name it for all of them. VS Code, with the extension redhat.vscode-yaml:

    "yaml.schemas": {"./policies/.schema.json": ["policies/**/*.yaml", "!*.test.yaml"]}

    Test files have their own: --tests, in policies/.test-schema.json, for "policies/**/*.test.yaml".

    Neovim, with yaml-language-server:

    vim.lsp.config("yamlls", {settings = {yaml = {schemas =
    {["./policies/.schema.json"] = {"policies/**/*.yaml", "!*.test.yaml"}}}}})

    An editor sees one file at a time: escalator policy check has the last word.

    Example: escalator policy schema --output policies/.schema.json
    """
    from escalator.language.shapes import document

    text = document.written(document.trials() if tests else document.policies())
    if to is None:
        print(text, end="")
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Usage(f"--output: {error.strerror}: {to}") from error
    if as_json:
        output.document({"written": str(to)})
    else:
        output.say(f"Wrote {to}.")
