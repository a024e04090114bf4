"""`escalator policy …`: the policy files, without a running service. Each command is a file beside this one."""

import typer

from escalator.cli.policy import check, explain, import_, schema, trials, verify

app = typer.Typer(
    help="Policy files: check and test them before they go live, teach them to your editor, import others.",
    no_args_is_help=True,
)


for command in (check.check, explain.explain, schema.schema, verify.verify):
    app.command()(command)
app.command("test")(trials.play_tests)
app.command("import")(import_.import_)
