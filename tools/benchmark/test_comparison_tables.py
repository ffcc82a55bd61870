"""What the tables say of what was measured: ratios, promises, and what there is no figure of."""

from __future__ import annotations

import pytest

from tools.benchmark.aims import (
    READS,
    calls_promise,
    memory_promise,
    reads_promise,
    time_promise,
)
from tools.benchmark.figures import as_markdown
from tools.benchmark.growth import growth_table
from tools.benchmark.measurement import Measurement, Measurements, Setting
from tools.benchmark.roles import Role
from tools.benchmark.rows import Row
from tools.benchmark.stack import Command
from tools.benchmark.tables import (
    calls_table,
    comparison_tables,
    cpu_table,
    memory_table,
    wall_time_table,
)

SMALL = Setting(latency_ms=50, numbers=100, checkpoints=True)
LARGE = Setting(latency_ms=50, numbers=500, checkpoints=True)


def measured(
    row: Row,
    seconds: float,
    *,
    command: Command = Command.CREATE,
    setting: Setting = SMALL,
    megabytes: float = 100,
    calls: dict[str, int] | None = None,
) -> Measurement:
    """A measurement of which only this matters."""
    return Measurement(
        row,
        command,
        setting,
        seconds,
        seconds / 2,
        {Role.PROVIDER: seconds / 4},
        {Role.ENGINE: megabytes, Role.PROVIDER: 50, Role.OTHER: 35},
        {} if calls is None else calls,
        seconds / 10,
        23_000,
    )


def floor(setting: Setting = SMALL, command: Command = Command.CREATE) -> list[Measurement]:
    """An engine that takes 3 s, and calls that take 1 s."""
    return [
        measured(Row.NOTHING, 3, setting=setting, command=command),
        measured(Row.HTTP_4, 1, setting=setting, command=command),
    ]


@pytest.mark.parametrize(("seconds", "kept"), [(4.6, True), (4.61, False), (3, True)])
def test_time_is_promised_as_a_multiple_of_the_floor(seconds: float, kept: bool) -> None:
    """Engine and calls take 4 s one after the other, so 4.6 s is the most."""
    measurements = Measurements([*floor(), measured(Row.CARRIERX, seconds)])
    (promise,) = time_promise(measurements)
    assert promise.kept is kept


def test_the_worst_command_is_named() -> None:
    """One that is above makes the promise broken, however many are below."""
    measurements = Measurements(
        [
            *floor(),
            measured(Row.CARRIERX, 4),
            *floor(LARGE, Command.REFRESH),
            measured(Row.CARRIERX, 8, setting=LARGE, command=Command.REFRESH),
        ]
    )
    (promise,) = time_promise(measurements)
    assert not promise.kept
    assert promise.words == (
        "every command takes at most 1.15 × the engine's floor plus HTTP's floor with four "
        "connections (at worst 2.00 ×: refresh of 500 at 50 ms; 1 of 2 are above)"
    )


@pytest.mark.parametrize(("seconds", "kept"), [(3, True), (3.1, False)])
def test_reads_are_promised_to_be_ten_times_as_fast(seconds: float, kept: bool) -> None:
    """As one call a number takes, of the same numbers at the same latency."""
    measurements = Measurements(
        measured(row, taken, setting=READS, command=Command.REFRESH)
        for row, taken in ((Row.NOTHING, 2), (Row.PER_NUMBER, 30), (Row.CARRIERX, seconds))
    )
    (promise,) = reads_promise(measurements)
    assert promise.kept is kept
    assert f"({seconds:.1f} s against 30.0 s is {30 / seconds:.1f} ×;" in promise.words


@pytest.mark.parametrize(("megabytes", "kept"), [(160, True), (161, False)])
def test_memory_is_promised_for_all_processes_together(megabytes: float, kept: bool) -> None:
    """Those that live as long as the command; the floor has 150 MB."""
    ours = measured(Row.CARRIERX, 4, megabytes=megabytes)
    (promise,) = memory_promise(Measurements([*floor(), ours]))
    assert promise.kept is kept
    assert f"(at worst {megabytes - 100:.0f} MB: create of 100 at 50 ms)" in promise.words


@pytest.mark.parametrize(
    ("command", "calls", "kept"),
    [
        (Command.CREATE, {"POST": 100}, True),
        (Command.CREATE, {"POST": 101}, False),
        (Command.CREATE, {"POST": 100, "GET": 1}, False),
        (Command.PREVIEW_UNCHANGED, {}, True),
        (Command.UP_UNCHANGED, {"GET": 1}, False),
        (Command.REFRESH, {"GET": 4}, True),
        (Command.REFRESH, {"GET": 5}, False),
        (Command.DESTROY, {"DELETE": 100, "GET": 4}, True),
        (Command.DESTROY, {"DELETE": 100, "GET": 5}, False),
        (Command.DESTROY, {"DELETE": 101}, False),
    ],
)
def test_calls_are_promised_exactly(command: Command, calls: dict[str, int], kept: bool) -> None:
    """100 numbers fit on one page: twice one call and two more is what a refresh may make."""
    ours = measured(Row.CARRIERX, 4, command=command, calls=calls)
    (promise,) = calls_promise(Measurements([ours]))
    assert promise.kept is kept


def test_nothing_is_promised_of_what_was_not_measured() -> None:
    """A part of the comparison makes no statement about the rest."""
    measurements = Measurements(floor())
    for promise in (time_promise, reads_promise, memory_promise, calls_promise):
        assert promise(measurements) == ()
    assert comparison_tables(Measurements([])) == ()


def test_the_table_of_times_has_ratios_and_says_what_is_missing() -> None:
    """A row that cannot do it fails; one that this machine lacks is not installed."""
    measurements = Measurements(
        [
            *floor(),
            measured(Row.CARRIERX, 5),
            measured(Row.AS_DOCUMENTED, 8),
            *floor(LARGE),
            measured(Row.HTTP_16, 0.5, setting=LARGE),
            measured(Row.PER_NUMBER, 6, setting=LARGE),
        ]
    )
    table = wall_time_table(measurements, 50, is_last=True)
    assert table.rows == (
        (
            *("create", "100", "each step", "3.0", "1.0", "", "5.0 (1.25)"),
            *("", "8.0 (2.00)", "not installed"),
        ),
        (
            *("create", "500", "each step", "3.0", "1.0", "0.5", ""),
            *("6.0 (1.50)", "fails", "not installed"),
        ),
    )
    assert [picture.name for picture in table.pictures] == ["wall-time-50-ms.svg", "ratios.svg"]


def test_what_takes_too_long_is_not_run() -> None:
    """It is installed, and was measured with fewer numbers."""
    many = Setting(latency_ms=50, numbers=2_000, checkpoints=False)
    measurements = Measurements([*floor(), measured(Row.TERRAFORM, 2), *floor(many)])
    table = wall_time_table(measurements, 50, is_last=True)
    assert [row[-1] for row in table.rows] == ["2.0 (0.50)", "not run"]


def test_the_other_tables_say_what_was_measured() -> None:
    """Calls in words, CPU with the provider's, memory beside the floor's."""
    measurements = Measurements(
        [
            measured(Row.NOTHING, 3),
            measured(Row.HTTP_4, 1, calls={"POST": 100}),
            measured(Row.CARRIERX, 4, megabytes=130, calls={"POST": 1_000, "GET": 1}),
            measured(Row.TERRAFORM, 2, calls={"POST": 100}),
        ]
    )
    assert calls_table(measurements).rows == (
        ("create", "100", "100 POST", "1,000 POST, 1 GET", "", "", "100 POST"),
    )
    assert cpu_table(measurements).rows == (
        ("create", "100", "1.5 (0.8)", "2.0 (1.0)", "", "", "1.0 (0.5)"),
    )
    assert memory_table(measurements).rows == (
        ("create", "100", "130 (+30)", "", "", "50 (+0)", "180 (+30)"),
    )


def test_of_several_rounds_the_median_counts() -> None:
    """One that was disturbed does not."""
    rounds = [measured(Row.CARRIERX, seconds) for seconds in (9, 4, 5)]
    found = Measurements(rounds).of(Row.CARRIERX, Command.CREATE, SMALL)
    assert found is rounds[2]


def test_the_growth_is_told_apart_from_what_each_number_costs() -> None:
    """What the state writes take is the difference to a run that writes it once."""
    taken = {(100, True): 4.0, (100, False): 3.0, (1_000, True): 120.0, (1_000, False): 15.0}
    (table,) = growth_table(
        Measurements(
            measured(Row.NOTHING, seconds, setting=Setting(0, numbers, checkpoints))
            for (numbers, checkpoints), seconds in taken.items()
        )
    )
    assert table.rows == (
        ("nothing", "100", "23", "4.0 (40)", "3.0 (30)", "1.0 (10)"),
        ("nothing", "1,000", "23", "120.0 (120)", "15.0 (15)", "105.0 (105)"),
    )
    assert table.explanation.endswith(
        "10 × as many numbers take: nothing 30 × after each step; nothing 5 × at the end."
    )


def test_pictures_are_shown_in_a_document_alone() -> None:
    """A terminal has no use for a link to one."""
    table = memory_table(Measurements([*floor(), measured(Row.CARRIERX, 4)]))
    assert "](" not in as_markdown(table)
    assert "](performance/memory.svg)" in as_markdown(table, pictures_in="performance")


def test_a_measurement_is_the_same_after_it_was_kept() -> None:
    """Tables can be made again from the file."""
    one = measured(Row.CARRIERX, 4, calls={"POST": 3})
    assert Measurement.from_json(one.as_json()) == one
