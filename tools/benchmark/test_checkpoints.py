"""The table of what checkpoints cost: what was measured, and what follows from it."""

from __future__ import annotations

import json
from collections import Counter

from tools.benchmark.checkpoints import Command, Measured, checkpoint_figures
from tools.benchmark.counted_run import CountedRun

METHODS = {Command.CREATE: "POST", Command.UPDATE: "PATCH", Command.DESTROY: "DELETE"}


def life(
    numbers: int, *, checkpoints: bool, seconds: float, megabytes: float, left: int = 0
) -> list[Measured]:
    """A stack's life in which each command took the same."""
    run = CountedRun(seconds, megabytes, peak_megabytes=150.0)
    return [
        Measured(
            numbers,
            command,
            checkpoints,
            run,
            Counter({METHODS[command]: numbers}) if command in METHODS else Counter(),
            left if command is Command.DESTROY else numbers,
        )
        for command in Command
    ]


def test_what_was_not_run_follows_from_the_largest_size_that_was() -> None:
    """The cost of checkpoints grows with the square; what changes nothing has none."""
    figures = checkpoint_figures(
        [
            *life(100, checkpoints=False, seconds=10, megabytes=1),
            *life(100, checkpoints=True, seconds=22, megabytes=61),
            *life(1_000, checkpoints=False, seconds=70, megabytes=10),
        ]
    )
    rows = {(row[0], row[1]): row[2:] for row in figures.rows}
    assert rows["create", "100"] == ("22.0 s", "61", "10.0 s", "1", "100 POST", "100", "150")
    # 70 s + 12 s x 10^2, 10 MB + 60 MB x 10^2
    assert rows["create", "1,000"][:4] == ("≈ 21.2 min", "≈ 6,010", "70.0 s", "10")
    assert rows["up, nothing changed", "1,000"][:4] == ("≈ 70.0 s", "≈ 10", "70.0 s", "10")
    assert figures.kept


def test_what_was_measured_is_kept_as_json_and_read_back() -> None:
    """With the calls that were counted."""
    for one in life(100, checkpoints=True, seconds=10, megabytes=1.5):
        assert Measured.from_json(json.loads(json.dumps(one.as_json()))) == one


def test_a_number_that_is_left_breaks_a_promise() -> None:
    """So does a state that is written more than once in a run."""
    small = life(100, checkpoints=False, seconds=10, megabytes=1)
    left = life(1_000, checkpoints=False, seconds=70, megabytes=10, left=1)
    written = life(1_000, checkpoints=False, seconds=70, megabytes=100)
    assert [promise.kept for promise in checkpoint_figures([*small, *left]).promises] == [
        False,
        True,
    ]
    assert [promise.kept for promise in checkpoint_figures([*small, *written]).promises] == [
        True,
        False,
    ]
