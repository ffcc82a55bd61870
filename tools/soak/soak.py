"""Command: kills and random faults, run after run, on the real engine.

    make soak
    make soak SEED=1234 RUNS=40 ROUNDS=1 UNSAVED=0
    make soak RUNS=0 ROUNDS=0 VARIED=0                # runs without checkpoints alone
    make soak RUNS=0 ROUNDS=0 UNSAVED=0               # runs of other ways alone

Takes about an hour on two cores. Exits with 1 if anything was lost, or there
twice.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    # In place of this folder, so that the project's modules are found from its root.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.benchmark.document import write_into
from tools.benchmark.figures import as_markdown
from tools.benchmark.surroundings import surroundings
from tools.soak.engine_processes import Victim
from tools.soak.fault_run import CAUSES, CAUSES_OF_CALLS, ENVIRONMENT, fault_run
from tools.soak.kill_run import kill_run
from tools.soak.outcomes import (
    PART,
    UNSAVED_PART,
    WAYS_PART,
    Outcome,
    soak_figures,
    unsaved_figures,
    ways_figures,
)
from tools.soak.soaked_stack import WITHOUT_CHECKPOINTS, soaked_stack
from tools.soak.way_run import way_run
from tools.soak.ways import WAYS, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.benchmark.figures import Figures
    from tools.soak.soaked_stack import SoakedStack, SoakRun

KILL_RUNS = 208
FAULT_ROUNDS = 2
UNSAVED_RUNS = 80
VARIED_RUNS = 48
OWNERSHIP_KEY = "managed_by"
_KILLS_OF_A_SERIES = 8
_VARIED_OF_A_SERIES = 6


@dataclass(frozen=True, slots=True)
class _Series:
    """Runs on one stack, one after the other."""

    seed: str
    ownership: bool
    environment: dict[str, str]
    runs: tuple[Callable[[SoakedStack], SoakRun], ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table in docs/reliability.md, and the runs that it counts."""

    part: str
    series: list[_Series]
    figures: Callable[[list[Outcome], str], Figures]
    is_usual: bool
    """Whether there are as many runs as it is written for."""


def main() -> int:
    """Read the command line, run, print; the exit code."""
    arguments = _arguments()
    # The seed comes first, so that a run that is broken off can be repeated too.
    print(f"seed {arguments.seed}", file=sys.stderr, flush=True)
    tables = (
        _Table(
            PART,
            [
                *_kill_series(arguments.seed, arguments.kills),
                *_fault_series(arguments.seed, arguments.rounds),
            ],
            soak_figures,
            is_usual=arguments.kills >= KILL_RUNS and arguments.rounds >= FAULT_ROUNDS,
        ),
        _Table(
            UNSAVED_PART,
            [*_unsaved_series(arguments.seed, arguments.unsaved)],
            unsaved_figures,
            is_usual=arguments.unsaved >= UNSAVED_RUNS,
        ),
        _Table(
            WAYS_PART,
            [*_way_series(arguments.seed, arguments.varied)],
            ways_figures,
            is_usual=arguments.varied >= VARIED_RUNS,
        ),
    )
    with ThreadPoolExecutor(arguments.jobs) as pool:
        done = pool.map(_run_series, [series for table in tables for series in table.series])
        ends = {table.part: [next(done) for _ in table.series] for table in tables}
    finished = all(ended for runs in ends.values() for _, ended in runs)
    kept = True
    for table in tables:
        if not table.series:
            continue
        outcomes = [outcome for runs, _ in ends[table.part] for outcome in runs]
        document = arguments.write if table.is_usual and finished else None
        figures = table.figures(outcomes, _command(arguments))
        kept = _tell(figures, table.part, document) and kept
    return 0 if kept and finished else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Soak pulumi-carrierx in kills and faults.")
    parser.add_argument("--seed", default=str(secrets.randbelow(1_000_000)))
    parser.add_argument(
        "--kills", type=int, default=KILL_RUNS, metavar="N", help="runs with a kill"
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=FAULT_ROUNDS,
        metavar="N",
        help=f"rounds of {len(CAUSES)} runs, one for each kind of fault",
    )
    parser.add_argument(
        "--unsaved",
        type=int,
        default=UNSAVED_RUNS,
        metavar="N",
        help="runs with a kill in which the engine saves no state on the way",
    )
    parser.add_argument(
        "--varied",
        type=int,
        default=VARIED_RUNS,
        metavar="N",
        help="runs of an up that differs from a plain one: flags, an option, another stack",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="stacks at a time")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="also put each table into this Markdown file, if all is well in as many runs as usual",
    )
    return parser.parse_args()


def _tell(figures: Figures, part: str, document: Path | None) -> bool:
    """Print a table, and write it if there is somewhere to; whether its promises were kept."""
    text = f"{as_markdown(figures)}\n\n{surroundings()}"
    print(text, end="\n\n")
    if document and figures.kept:
        write_into(document, part, text)
    return figures.kept


def _command(arguments: argparse.Namespace) -> str:
    """What repeats the same runs."""
    return " ".join(
        [
            f"make soak SEED={arguments.seed}",
            *([f"RUNS={arguments.kills}"] if arguments.kills != KILL_RUNS else []),
            *([f"ROUNDS={arguments.rounds}"] if arguments.rounds != FAULT_ROUNDS else []),
            *([f"UNSAVED={arguments.unsaved}"] if arguments.unsaved != UNSAVED_RUNS else []),
            *([f"VARIED={arguments.varied}"] if arguments.varied != VARIED_RUNS else []),
        ]
    )


def _kill_series(seed: str, runs: int) -> Iterator[_Series]:
    for index, begin in enumerate(range(0, runs, _KILLS_OF_A_SERIES)):
        own_seed = f"{seed} kills {index}"
        victims = _shuffled_victims(own_seed)[: runs - begin]
        yield _Series(
            own_seed,
            index % 2 == 0,
            {},
            tuple(partial(kill_run, victim=victim) for victim in victims),
        )


def _unsaved_series(seed: str, runs: int) -> Iterator[_Series]:
    for index, begin in enumerate(range(0, runs, _KILLS_OF_A_SERIES)):
        own_seed = f"{seed} unsaved {index}"
        victims = _shuffled_victims(own_seed)[: runs - begin]
        yield _Series(
            own_seed,
            ownership=True,
            environment=WITHOUT_CHECKPOINTS,
            runs=tuple(
                partial(kill_run, victim=victim, kills=1 + number % 2)
                for number, victim in enumerate(victims)
            ),
        )


def _shuffled_victims(seed: str) -> list[Victim]:
    victims = [*Victim] * (_KILLS_OF_A_SERIES // len(Victim))
    random.Random(seed).shuffle(victims)  # noqa: S311 -- repeatable is the point
    return victims


def _fault_series(seed: str, rounds: int) -> Iterator[_Series]:
    for index in range(rounds):
        own_seed = f"{seed} faults {index}"
        causes = [*CAUSES]
        random.Random(own_seed).shuffle(causes)  # noqa: S311 -- repeatable is the point
        runs = tuple(partial(fault_run, cause=cause) for cause in causes)
        # Two stacks, so that none holds up the end for long.
        for part, half in enumerate((runs[::2], runs[1::2])):
            yield _Series(f"{own_seed} {part}", index % 2 == 0, ENVIRONMENT, half)


def _way_series(seed: str, runs: int) -> Iterator[_Series]:
    for index, begin in enumerate(range(0, runs, _VARIED_OF_A_SERIES)):
        own_seed = f"{seed} ways {index}"
        chance = random.Random(own_seed)  # noqa: S311 -- repeatable is the point
        way = WAYS[index % len(WAYS)]
        half = _VARIED_OF_A_SERIES // 2
        causes = [*chance.sample([*Victim], half), *chance.sample(CAUSES_OF_CALLS, half)]
        chance.shuffle(causes)
        yield _Series(
            own_seed,
            way is Way.FOREIGN or index // len(WAYS) % 2 == 0,
            ENVIRONMENT,
            tuple(partial(way_run, way=way, cause=cause) for cause in causes[: runs - begin]),
        )


def _run_series(series: _Series) -> tuple[list[Outcome], bool]:
    """The outcomes, and whether the series came to its end: something wrong ends it."""
    outcomes: list[Outcome] = []
    with (
        tempfile.TemporaryDirectory(prefix="pulumi-carrierx-soak-") as workspace,
        soaked_stack(
            Path(workspace),
            seed=series.seed,
            ownership_key=OWNERSHIP_KEY if series.ownership else None,
            environment=series.environment,
        ) as soaked,
    ):
        for number, run_once in enumerate(series.runs, 1):
            try:
                run = run_once(soaked)
            except Exception:  # noqa: BLE001 -- whatever it is, the other series go on
                _say(f"{series.seed}, run {number}: {traceback.format_exc()}")
                return outcomes, False
            outcomes.append(Outcome(series.ownership, run))
            lines = run.findings.lines()
            _say(f"{series.seed}, run {number}: {run.cause}, {run.moment}: {lines or 'fine'}")
            if lines:
                _say(run.story)
                return outcomes, False
    return outcomes, True


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
