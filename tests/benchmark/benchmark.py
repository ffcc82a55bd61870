"""Command: measure what the project promises, and print it.

    make bench
    python tests/benchmark/benchmark.py --only imports --only calls
    python tests/benchmark/benchmark.py --update-many --write docs/performance.md

Takes about eight minutes, and wants the machine to itself. Exits with 1 if a promise is not kept.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, so that the project's modules are found from its root.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.benchmark.call_counts import call_figures
from tests.benchmark.document import write_into
from tests.benchmark.durations import duration_figures
from tests.benchmark.figures import Figures, as_markdown
from tests.benchmark.imports import import_figures
from tests.benchmark.memory import memory_figures
from tests.benchmark.recursion import recursion_figures
from tests.benchmark.surroundings import surroundings

_Part = Callable[[], Figures]


def _parts(*, update_many: bool) -> dict[str, _Part]:
    return {
        "imports": import_figures,
        "recursion": recursion_figures,
        "memory": memory_figures,
        "calls": partial(call_figures, update_many=update_many),
        "durations": partial(duration_figures, update_many=update_many),
    }


def main() -> int:
    """Read the command line, measure, print; the exit code."""
    parser = argparse.ArgumentParser(description="Measure pulumi-carrierx on the real engine.")
    parser.add_argument(
        "--only",
        action="append",
        choices=_parts(update_many=False),
        help="measure this part; may be given several times (default: all parts)",
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="also put the figures into this Markdown file, in place of those it has",
    )
    parser.add_argument(
        "--update-many",
        action="store_true",
        help="measure updates of 500 and 1,000 numbers too, which take some minutes more",
    )
    arguments = parser.parse_args()
    parts = _parts(update_many=arguments.update_many)
    where = surroundings()
    kept = True
    for part in arguments.only or parts:
        print(f"measuring {part} ...", file=sys.stderr, flush=True)  # noqa: T201 -- a command
        figures = parts[part]()
        text = f"{as_markdown(figures)}\n\n{where}"
        print(text, end="\n\n", flush=True)  # noqa: T201 -- a command
        if arguments.write:
            write_into(arguments.write, part, text)
        kept = kept and figures.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
