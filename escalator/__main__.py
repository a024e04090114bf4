"""`python -m escalator` is `escalator`."""

from escalator.cli.main import main

main()
