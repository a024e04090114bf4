"""The frame: builds everything and hands each part what it needs; with the command line alone, it reads settings."""

from escalator.app.demo import demo
from escalator.app.examine import doctor
from escalator.app.serving import serve

__all__ = ["demo", "doctor", "serve"]
