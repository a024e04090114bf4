"""The doors. They read from the store, and write only through the engine."""

from escalator.web.build import build
from escalator.web.needs import Needs

__all__ = ["Needs", "build"]
