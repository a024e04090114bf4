"""`escalator policy …`: the policy files, without a running service. Each command is a file beside this one."""

import typer

from escalator.cli.policy import check

app = typer.Typer(help="Policy files: check them before they go live.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `policy check` two words while `check` is the only one."""


app.command()(check.check)
