"""The command line: names to functions, and failures to exit codes. What is slow to import is imported when it is used.

Exit codes: 0 good, 1 findings or refused, 2 wrong usage, 3 could not reach.
"""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from escalator import __version__
from escalator.cli import contact, device, incident, oncall, output, policy, running, slack, swap, token, windows
from escalator.cli.client import Refused, Unreachable
from escalator.cli.explain import explain
from escalator.cli.fire import fire
from escalator.cli.options import Usage
from escalator.config import SettingsError

EXIT_CODES: dict[type[Exception], int] = {Refused: 1, Usage: 2, SettingsError: 2, Unreachable: 3}

app = typer.Typer(
    name="escalator",
    help="From an alert to a human who acknowledges.",
    epilog="Start with: escalator demo. Settings are ESCALATOR_… variables; escalator doctor checks them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (running.serve, running.demo, running.migrate, running.doctor, fire, explain):
    app.command()(command)
app.add_typer(policy.app, name="policy")
app.add_typer(incident.app, name="incident")
app.add_typer(oncall.app, name="oncall")
app.add_typer(windows.silences, name="silence")
app.add_typer(windows.overrides, name="override")
app.add_typer(swap.app, name="swap")
app.add_typer(contact.app, name="contact")
app.add_typer(token.app, name="token")
app.add_typer(slack.app, name="slack")
app.add_typer(device.app, name="device")


def _version(wanted: bool) -> None:
    if wanted:
        output.say(f"escalator {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From an alert to a human who acknowledges."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and leaves with its exit code."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name="escalator")
    except tuple(EXIT_CODES) as error:
        for line in str(error).splitlines() or [type(error).__name__]:
            output.warn(f"escalator: {line}")
        sys.exit(EXIT_CODES[type(error)])
