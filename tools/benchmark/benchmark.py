"""Command: measure what the project promises, print it, and write it into the document.

    make bench
    python tools/benchmark/benchmark.py --only imports --only recursion
    python tools/benchmark/benchmark.py --only commands --numbers 100 --latency 50
    python tools/benchmark/benchmark.py --from docs/performance/figures.json

Takes about an hour, and wants the machine to itself. Exits with 1 if a promise is not
kept.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, so that the project's modules are found from its root.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.benchmark.comparison import READS_ONLY, Choice
from tools.benchmark.connections import connection_figures, http2_figures
from tools.benchmark.document import write_into
from tools.benchmark.figures import as_markdown
from tools.benchmark.imports import import_figures
from tools.benchmark.kept_figures import KeptPart, read_figures, write_figures
from tools.benchmark.memory import memory_figures
from tools.benchmark.part import CHECKPOINTS, COMPARISON, GROWTH, Part, one_table
from tools.benchmark.program_cost import program_figures
from tools.benchmark.recursion import recursion_figures
from tools.benchmark.rows import COMPARED
from tools.benchmark.start_up import start_up_figures
from tools.benchmark.surroundings import today, with_what

PARTS: dict[str, Part] = {
    "commands": COMPARISON,
    "growth": GROWTH,
    "memory": one_table(memory_figures),
    "recursion": one_table(recursion_figures),
    "imports": one_table(import_figures),
    "start-up": one_table(start_up_figures),
    "program": one_table(program_figures),
    "checkpoints": CHECKPOINTS,
    "connections": one_table(connection_figures),
    "http2": one_table(http2_figures),
}
"""Each part by the name that its marks in the document have."""

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
"""What ``make bench`` writes."""

QUICK_PARTS = ("commands", "growth")
QUICK = Choice(numbers=(20,), reads=(25,), latencies_ms=(5,), growth=(20,), checkpoints=(20,))

_ROWS = {row.name.lower().replace("_", "-"): row for row in COMPARED}


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, measure, print; the exit code."""
    options = _options(arguments)
    folder: Path | None = options.write and options.write.with_suffix("")
    source: Path | None = options.source or (folder and folder / "figures.json")
    kept = read_figures(source) if source else {}
    if folder:
        write_figures(folder / "figures.json", kept)
    all_kept = True
    for part in options.only or (QUICK_PARTS if options.quick else PARTS):
        if options.source is None:
            for measured in _measured(part, _choice(options), kept.get(part)):
                kept[part] = measured
                if folder:
                    # After each part, so that an interrupted run keeps its figures.
                    write_figures(folder / "figures.json", kept)
        if part in kept:
            all_kept = _show(part, kept[part], options.write) and all_kept
    return 0 if all_kept else 1


def _measured(part: str, choice: Choice, before: KeptPart | None) -> Iterator[KeptPart]:
    """What is kept of a part, after each thing that was measured."""
    print(f"measuring {part} ...", file=sys.stderr, flush=True)
    versions, new = with_what(), []
    for what in PARTS[part].measure(choice):
        new.append((today(), what))
        yield (before or KeptPart(versions)).renewed(new, versions, PARTS[part].key)


def _show(part: str, kept: KeptPart, document: Path | None) -> bool:
    """Print a part, and write it and its plots; whether all its promises are kept."""
    shown = PARTS[part].show(kept.plain)
    for figures in shown.figures:
        print(as_markdown(figures), end="\n\n")
    print(kept.surroundings, end="\n\n", flush=True)
    if document:
        folder = document.with_suffix("")
        folder.mkdir(parents=True, exist_ok=True)
        tables = [as_markdown(figures, pictures_in=folder.name) for figures in shown.figures]
        write_into(document, part, "\n\n".join([*tables, kept.surroundings]))
        for name, plot in shown.plots.items():
            (folder / name).write_text(plot, encoding="utf-8")
    return all(figures.kept for figures in shown.figures)


def _choice(options: argparse.Namespace) -> Choice:
    usual = QUICK if options.quick else Choice()
    numbers = options.numbers
    return Choice(
        numbers=tuple(n for n in numbers if n < READS_ONLY) if numbers else usual.numbers,
        reads=tuple(n for n in numbers if n >= READS_ONLY) if numbers else usual.reads,
        latencies_ms=tuple(options.latency or usual.latencies_ms),
        rows=tuple(_ROWS[name] for name in options.rows or _ROWS),
        rounds=options.rounds,
        growth=tuple(n for n in numbers if n < READS_ONLY) if numbers else usual.growth,
        checkpoints=tuple(numbers or usual.checkpoints),
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measure pulumi-carrierx on the real engine. Options marked * may be repeated."
    )
    add = parser.add_argument
    add("--only", action="append", choices=PARTS, help="* measure this part (default: all)")
    add("--numbers", action="append", type=int, metavar="N", help="* so many numbers")
    add("--latency", action="append", type=int, metavar="MS", help="* the simulator's latency")
    add("--rows", action="append", choices=_ROWS, help="* compare this row (default: all)")
    add("--rounds", type=int, default=1, help="how often; the tables have the median (default: 1)")
    add("--quick", action="store_true", help="the comparison over 20 numbers: to see that it runs")
    add(
        "--write",
        type=Path,
        metavar="FILE",
        help="put tables into this Markdown file, in place of those it has; plots and figures go "
        "into the folder that is named as the file",
    )
    add(
        "--from",
        dest="source",
        type=Path,
        metavar="FIGURES",
        help="measure nothing, and show what was measured before",
    )
    options = parser.parse_args(arguments)
    if options.quick and options.write and options.write.resolve() == PAGE:
        parser.error(f"--quick measures too few numbers for {PAGE.name}: name another FILE")
    return options


if __name__ == "__main__":
    sys.exit(main())
