"""`escalator policy …`: the policy files, and which revision of them runs. Each command, or group, is a file here."""

import typer

from escalator.cli.policy import check, explain, import_, live, schema, simulate, verify

app = typer.Typer(
    help="Policy files: check them before they go live, teach them to your editor, import others; see what is live.",
    no_args_is_help=True,
)


for command in (check.check, explain.explain, schema.schema, simulate.simulate, verify.verify):
    app.command()(command)
for of_a_service in (live.live, live.history, live.pull, live.rollback):
    app.command()(of_a_service)
app.command("import")(import_.import_)
