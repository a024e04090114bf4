"""`escalator policy …`: the policy files, and which revision of them runs. Each command, or group, is a file here."""

from collections.abc import Callable

import typer

from escalator.cli.policy import (
    check,
    explain,
    import_,
    live,
    plan,
    record,
    replay,
    schema,
    simulate,
    trials,
    verify,
)

app = typer.Typer(
    help="Policy files: check, test and prove them before they go live; teach them to your editor, import others; see "
    "what is live.",
    no_args_is_help=True,
)
COMMANDS: dict[str, Callable[..., None]] = {
    "check": check.check,
    "test": trials.play_tests,
    "simulate": simulate.simulate,
    "verify": verify.verify,
    "plan": plan.plan,
    "record": record.record,
    "replay": replay.replay,
    "live": live.live,
    "history": live.history,
    "pull": live.pull,
    "rollback": live.rollback,
    "explain": explain.explain,
    "schema": schema.schema,
    "import": import_.import_,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
