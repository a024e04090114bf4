"""`escalator slack manifest`: what to paste when the app is made in Slack."""

from typing import Annotated

import typer

from escalator.cli import output

app = typer.Typer(help="Set the Slack app up.", no_args_is_help=True)


@app.command()
def manifest(
    http: Annotated[
        str | None,
        typer.Option("--http", metavar="URL", help="Answers come to this public URL, signed, not by Socket Mode."),
    ] = None,
) -> None:
    """Print the app manifest, as JSON: Slack → Your apps → Create new app → From a manifest.

    Example: escalator slack manifest
    """
    from escalator.channels.slack.manifest import manifest as made

    if http is not None and not http.startswith("https://"):
        raise typer.BadParameter("Slack calls https:// addresses alone.", param_hint="--http")
    output.document(made(http))
