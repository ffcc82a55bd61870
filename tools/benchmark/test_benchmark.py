"""The benchmark over a few numbers, on the real engine: that it measures, counts, and shows it all.

What it takes is not looked at: times depend on how busy the machine is.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from tools.benchmark.benchmark import QUICK, main
from tools.benchmark.call_counts import most_reads
from tools.benchmark.kept_figures import read_figures
from tools.benchmark.measurement import Measurement, Measurements, Setting
from tools.benchmark.roles import Role
from tools.benchmark.rows import COMPARED, Row, runs
from tools.benchmark.stack import Command

if TYPE_CHECKING:
    from pathlib import Path

(NUMBERS,), (MORE,), (LATENCY_MS,) = QUICK.numbers, QUICK.reads, QUICK.latencies_ms
LIFE = Setting(LATENCY_MS, NUMBERS, checkpoints=True)
READS = Setting(LATENCY_MS, MORE, checkpoints=False)
METHODS = {
    Command.CREATE: "POST",
    Command.REFRESH: "GET",
    Command.UPDATE: "PATCH",
    Command.DESTROY: "DELETE",
}
ROWS = [row for row in COMPARED if runs(row, Command.CREATE, NUMBERS)]
"""Those that this machine has."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that the benchmark wrote; whether promises are kept depends on times too."""
    page = tmp_path_factory.mktemp("benchmark") / "performance.md"
    main(["--quick", "--write", str(page)])
    return page


def measured(page: Path, part: str) -> Measurements:
    """What was measured for one part."""
    kept = read_figures(page.with_suffix("") / "figures.json")
    return Measurements(map(Measurement.from_json, kept[part].plain))


def test_each_row_runs_each_command(page: Path) -> None:
    """With the calls that it is to make, and with CPU and memory of its processes."""
    measurements = measured(page, "commands")
    for row, command in product(ROWS, Command):
        one = measurements.of(row, command, LIFE)
        assert one is not None, (row, command)
        few = row in {Row.HTTP_4, Row.HTTP_16}
        reads = 1 if few else one.calls.get("GET", 0)
        wanted = reads if command is Command.REFRESH else NUMBERS
        expected = {METHODS[command]: wanted} if command in METHODS else {}
        if command is Command.DESTROY and (released_after := one.calls.get("GET")):
            # Each number is read before it is released.
            expected["GET"] = released_after
            assert released_after <= most_reads(NUMBERS, NUMBERS) or row is Row.PER_NUMBER
        assert one.calls == ({} if row is Row.NOTHING else expected), (row, command)
        if not few:
            assert one.seconds > 0
            assert sum(one.cpu_by_role.values()) >= one.cpu_seconds - 0.1 > 0
            assert one.megabytes_by_role[Role.ENGINE] > one.megabytes_by_role[Role.PROVIDER] > 1
    for row in (Row.PER_NUMBER, Row.AS_DOCUMENTED):
        one = measurements.of(row, Command.REFRESH, LIFE)
        assert one is not None
        assert one.calls == {"GET": NUMBERS}


def test_a_program_of_pulumi_has_its_four_processes(page: Path) -> None:
    """A row of Pulumi runs program and language host too; a refresh has no program."""
    measurements = measured(page, "commands")
    created, refreshed = (
        measurements.of(Row.CARRIERX, command, LIFE)
        for command in (Command.CREATE, Command.REFRESH)
    )
    assert created is not None
    assert refreshed is not None
    everyone = {Role.ENGINE, Role.LANGUAGE_HOST, Role.PROGRAM, Role.PROVIDER}
    assert everyone <= set(created.megabytes_by_role)
    assert Role.PROGRAM not in refreshed.megabytes_by_role


def test_of_more_numbers_the_reads_alone_are_measured(page: Path) -> None:
    """The calls that made them are not counted."""
    measurements = measured(page, "commands")
    assert measurements.commands(READS) == [Command.REFRESH]
    assert all(measurements.of(row, Command.REFRESH, READS) for row in ROWS)
    one = measurements.of(Row.PER_NUMBER, Command.REFRESH, READS)
    assert one is not None
    assert one.calls == {"GET": MORE}


def test_the_growth_has_each_way_to_write_the_state(page: Path) -> None:
    """Each with a state that is as large; and as large as ours is what the third row is for."""
    measurements = measured(page, "growth")
    sizes = {
        (row, checkpoints): one.state_bytes
        for row, checkpoints in product(Row, (True, False))
        if (one := measurements.of(row, Command.CREATE, Setting(0, NUMBERS, checkpoints)))
    }
    assert len(sizes) == 6
    ours, like_ours, nothing = (
        sizes[row, True] for row in (Row.CARRIERX, Row.NOTHING_LARGE, Row.NOTHING)
    )
    assert abs(ours - like_ours) < (ours - nothing) / 4


def test_everything_is_shown_and_can_be_shown_again(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table for each thing measured, its plots beside it, and the same without measuring."""
    text = page.read_text(encoding="utf-8")
    for title in ("HTTP calls", f"Wall time at {LATENCY_MS} ms", "CPU", "Memory"):
        assert f"## {title}\n" in text
    assert text.count("\n| create ") == 4
    folder = page.with_suffix("")
    again = tmp_path / "performance.md"
    main(["--from", str(folder / "figures.json"), "--write", str(again)])
    assert "Wall time" in capsys.readouterr().out
    assert again.read_text(encoding="utf-8") == text
    plots = {plot.name for plot in folder.glob("*.svg")}
    assert plots == {
        f"wall-time-{LATENCY_MS}-ms.svg",
        *("ratios.svg", "memory.svg", "growth.svg"),
    }
    for name in plots:
        assert (again.with_suffix("") / name).read_bytes() == (folder / name).read_bytes()
