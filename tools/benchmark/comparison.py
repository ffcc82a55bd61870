"""Measuring all rows side by side."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product

from tools.benchmark.measurement import Measurement, Setting
from tools.benchmark.rows import COMPARED, Row, Subject, runs, subject_of
from tools.benchmark.stack import Command

ONE_STATE_WRITE = 1_000
"""From here on the state is written once, at the end, for every row of Pulumi: after every step it
takes minutes for each row, whatever the provider does (see the part ``growth``)."""

READS_ONLY = 5_000
"""From here on only the reads are measured: to make so many numbers takes minutes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be compared, and how often."""

    numbers: tuple[int, ...] = (100, 500, 2_000)
    reads: tuple[int, ...] = (READS_ONLY,)
    """So many numbers are made without being measured, and then read."""
    latencies_ms: tuple[int, ...] = (0, 50)
    rows: tuple[Row, ...] = COMPARED
    rounds: int = 1
    growth: tuple[int, ...] = (100, 500, 1_000)
    """The numbers of the part ``growth``."""
    checkpoints: tuple[int, ...] = (500, 2_000, 10_000)
    """The numbers of the part ``checkpoints``."""


def compared(choice: Choice) -> Iterator[Measurement]:
    """Measure everything chosen, round by round, from few numbers to many.

    Raises:
        RunFailedError: A command failed.
    """
    for _ in range(choice.rounds):
        for numbers, latency_ms in product(choice.numbers, choice.latencies_ms):
            setting = Setting(latency_ms, numbers, checkpoints=numbers < ONE_STATE_WRITE)
            yield from whole_life(setting, choice.rows, tuple(Command))
        for numbers in choice.reads:
            yield from _reads(numbers, choice)


def whole_life(
    setting: Setting, rows: Sequence[Row], commands: Sequence[Command]
) -> Iterator[Measurement]:
    """Measure these commands in this order, on something new for each row.

    The rows take turns at every command, so that a machine that is busy for a while is so for all
    of them; and each is first in turn.

    Raises:
        RunFailedError: A command failed.
    """
    with ExitStack() as opened:
        subjects = _subjects(setting, rows, opened)
        for turn, command in enumerate(commands):
            yield from _in_turn(subjects, command, setting, turn)


def _reads(numbers: int, choice: Choice) -> Iterator[Measurement]:
    """Make the numbers, unmeasured and without latency; then measure a refresh at each latency."""
    without = Setting(0, numbers, checkpoints=False)
    with ExitStack() as opened:
        subjects = _subjects(without, choice.rows, opened)
        for row, subject in subjects.items():
            _say(f"{row}: create of {numbers:,}, not measured")
            subject.run(Command.CREATE)
        for turn, latency_ms in enumerate(choice.latencies_ms):
            for subject in subjects.values():
                subject.account.wait_before_answers(latency_ms)
            setting = Setting(latency_ms, numbers, checkpoints=False)
            yield from _in_turn(subjects, Command.REFRESH, setting, turn)


def _subjects(setting: Setting, rows: Sequence[Row], opened: ExitStack) -> dict[Row, Subject]:
    return {
        row: opened.enter_context(
            subject_of(
                row,
                setting.numbers,
                latency_ms=setting.latency_ms,
                checkpoints=setting.checkpoints,
            )
        )
        for row in rows
        if runs(row, Command.CREATE, setting.numbers)
    }


def _in_turn(
    subjects: dict[Row, Subject], command: Command, setting: Setting, turn: int
) -> Iterator[Measurement]:
    rows = [row for row in subjects if runs(row, command, setting.numbers)]
    first = turn % max(1, len(rows))
    for row in (*rows[first:], *rows[:first]):
        yield _measured(row, subjects[row], command, setting)


def _measured(row: Row, subject: Subject, command: Command, setting: Setting) -> Measurement:
    subject.account.take_calls()
    before = subject.account.cpu_seconds()
    run = subject.run(command)
    simulator_cpu_seconds = subject.account.cpu_seconds() - before
    _say(f"{row}: {command} of {setting.numbers:,} at {setting.latency_ms} ms: {run.seconds:.1f} s")
    return Measurement(
        row,
        command,
        setting,
        run.seconds,
        run.cpu_seconds,
        run.cpu_by_role,
        run.megabytes_by_role,
        dict(subject.account.take_calls()),
        simulator_cpu_seconds,
        subject.state_bytes(),
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
