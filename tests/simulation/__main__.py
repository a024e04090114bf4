"""Replays one seed with its whole trace: `python -m tests.simulation SEED`."""

import sys

from tests.simulation.world import run


def main(words: list[str]) -> int:
    """0: nothing was violated."""
    if len(words) != 1 or not words[0].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    result = run(int(words[0]))
    print(*result.trace, sep="\n")
    outcome = result.violation or "no violation"
    print(f"seed {result.seed}: {outcome}; {result.commits} commits, {result.landings} messages")
    return 1 if result.violation else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
