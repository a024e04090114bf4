"""What every part is handed: where to work, what to send with, where messages arrive, and where figures go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from benchmarks import service
from benchmarks.databases import Home, Seed
from benchmarks.load import Load
from benchmarks.report import Figure
from benchmarks.sinks import Sinks

T = TypeVar("T")


class Part(Protocol):
    """A module that measures one thing."""

    NAME: str

    def steps(self, bench: "Bench") -> int:
        """How often `run` will call `bench.step`."""

    def run(self, bench: "Bench") -> None: ...


@dataclass
class Bench:
    """One run of the benchmarks."""

    quick: bool
    folder: Path
    home: Home
    load: Load
    sinks: Sinks
    step: Callable[[str], None]
    """Says what is being done next and moves the bar on."""
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def either(self, full: T, quick: T) -> T:
        return quick if self.quick else full

    @property
    def rounds(self) -> int:
        return self.either(3, 1)

    @property
    def crowd(self) -> int:
        """What stands for 100,000 open incidents."""
        return self.either(100_000, 4_000)

    def add(
        self, part: str, name: str, unit: str, values: float | Sequence[float], beside: str = "", aim: str = ""
    ) -> Figure:
        many = (values,) if isinstance(values, int | float) else tuple(values)
        figure = Figure(part, name, unit, many, beside, aim)
        self.figures.append(figure)
        return figure

    def fresh(self, dialect: str, seed: Seed | None = None) -> str:
        """The URL of a database with so much in it."""
        return self.home.fresh(dialect, seed)

    def serve(self, url: str, path: str = "/readyz") -> service.Server:
        """A running service on that database, whose messages arrive at the sinks."""
        settings = service.settings(url, self.folder, self.sinks.web_port, self.sinks.mail_port)
        return service.escalator(settings, self.folder, path)
