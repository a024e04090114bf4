"""The child that renders templates: JSON lines in, JSON lines out, in the sandbox, with little memory and CPU.

A template may still loop or grow within a second's limit; that is why this runs in a process that can be killed. It is
started with `python -m escalator.channels.template_child`.
"""

import json
import resource
import sys
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

MEMORY = 256 * 1024 * 1024
"""Bytes beyond what the interpreter itself takes."""
CPU = 3600
"""Seconds in all; the parent watches the second that each rendering may take."""
OUTPUT = 256 * 1024
"""Characters of one text."""


def environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)


def render(made: ImmutableSandboxedEnvironment, templates: dict[str, str], fields: dict[str, Any]) -> dict[str, str]:
    """Each template by name; raises what Jinja2 raises, and ValueError for a text that is too long."""
    found: dict[str, str] = {}
    for name, template in templates.items():
        size, parts = 0, []
        for part in made.from_string(template).generate(fields):
            size += len(part)
            if size > OUTPUT:
                raise ValueError(f"{name} is longer than {OUTPUT} characters")
            parts.append(part)
        found[name] = "".join(parts)
    return found


def main() -> None:
    """Until standard input ends."""
    grown = _pages() * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (grown, grown))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    made = environment()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        try:
            answer: dict[str, Any] = {"texts": render(made, asked["templates"], asked["fields"])}
        except Exception as error:  # noqa: BLE001  whatever a template does is its own failure, told to the parent
            answer = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _pages() -> int:
    """Of address space that the interpreter takes already."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0])
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main()
