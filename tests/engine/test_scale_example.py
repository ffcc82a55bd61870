"""The example of a large account: one table, divided over stacks, of which one more is made."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from carrierx_simulator import SAMPLE_TOKEN
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import CopiedProject

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "scale"
NUMBERS = 60


def partition(folder: Path, *arguments: str) -> list[str]:
    """What the example's command prints."""
    command = [sys.executable, str(folder / "partition.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_table_divided_over_stacks(account: Account, tmp_path: Path) -> None:
    """All numbers are registered once; a fifth stack takes its share over without any call."""
    folder = tmp_path / "scale"
    shutil.copytree(EXAMPLE, folder)
    environment = {"CARRIERX_TOKEN": SAMPLE_TOKEN, "CARRIERX_BASE_URL": account.base_url}
    counts = dict(line.split() for line in partition(folder))
    assert list(counts) == ["part-1", "part-2", "part-3", "part-4"]
    projects = {}
    for stack, count in counts.items():
        projects[stack] = CopiedProject(folder, tmp_path, environment, stack=stack)
        run = projects[stack].up()
        assert run.ok, run.output
        assert len(projects[stack].resources()) == int(count)
    registered = account.numbers()
    assert len(registered) == NUMBERS
    assert sum(call.startswith("POST") for call in account.calls()) == NUMBERS

    moves = partition(folder, "--add", "part-5")
    commands = partition(folder, "--add", "part-5", "--commands")
    projects["part-5"] = CopiedProject(folder, tmp_path, environment, stack="part-5")
    for command in commands:
        moved = projects["part-5"].run(*command.split()[1:])
        assert moved.ok, moved.output
    stacks = folder / "stacks.txt"
    stacks.write_text(stacks.read_text(encoding="utf-8") + "part-5\n", encoding="utf-8")
    for stack in ("part-2", "part-5"):
        run = CopiedProject(folder, tmp_path, environment, stack=stack).preview()
        assert run.ok, run.output
        assert "to create" not in run.output
        assert "to delete" not in run.output
    assert len(projects["part-5"].resources()) == len(moves) > 0
    assert account.calls() == []
    assert account.numbers() == registered


def test_a_wrong_table_is_one_line(account: Account, tmp_path: Path) -> None:
    """A number twice, and a stack that is not in the list, end the program in one line."""
    folder = tmp_path / "scale"
    shutil.copytree(EXAMPLE, folder)
    environment = {"CARRIERX_TOKEN": SAMPLE_TOKEN, "CARRIERX_BASE_URL": account.base_url}
    dev = CopiedProject(folder, tmp_path, environment).preview()
    assert not dev.ok
    assert (
        "error: stack dev: is not in stacks.txt, which has part-1, part-2, part-3, part-4\n"
        in dev.output
    )
    table = folder / "numbers.csv"
    first = table.read_text(encoding="utf-8").splitlines()[1].removeprefix("+")
    table.write_text(table.read_text(encoding="utf-8") + f"{first}\n", encoding="utf-8")
    part = CopiedProject(folder, tmp_path, environment, stack="part-1").preview()
    assert not part.ok
    assert (
        "error: numbers.csv:62: phonenumber: +46700987600 is already in line 2, and a number can "
        "be registered only once: remove one of them\n" in part.output
    )
    assert "Traceback" not in dev.output + part.output
