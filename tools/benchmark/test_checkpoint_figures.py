"""What docs/performance.md says of checkpoints is measured on the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.benchmark.checkpoints import Command, measured

if TYPE_CHECKING:
    from pathlib import Path


def test_a_life_without_checkpoints_makes_the_same_calls(tmp_path: Path) -> None:
    """One for each number that is created, changed or released; nothing is left."""
    life = list(measured(5, tmp_path, checkpoints=False))
    assert [one.command for one in life] == list(Command)
    assert [one.command for one in life if not one.is_right] == []
