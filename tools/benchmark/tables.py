"""The comparison as tables."""

from collections.abc import Callable, Iterable, Mapping

from tools.benchmark.aims import (
    calls_promise,
    floor_of,
    memory_promise,
    reads_promise,
    time_promise,
)
from tools.benchmark.figures import Figures, Picture, Promise
from tools.benchmark.measurement import Measurement, Measurements, Setting
from tools.benchmark.roles import Role
from tools.benchmark.rows import MOST_AS_DOCUMENTED, Row
from tools.benchmark.stack import Command

_OTHERS = (Row.PER_NUMBER, Row.AS_DOCUMENTED, Row.TERRAFORM)
_ROLES = (Role.ENGINE, Role.LANGUAGE_HOST, Role.PROGRAM, Role.PROVIDER)
# A shorter command says nothing of a share: CPU is told in hundredths of a second.
_LONG_ENOUGH = 1.0
_METHODS = ("POST", "GET", "PATCH", "DELETE")


def wall_time_picture(latency_ms: int) -> Picture:
    """The plot beside the table of wall times at one latency."""
    return Picture(
        f"wall-time-{latency_ms}-ms.svg",
        f"Seconds of each command at {latency_ms} ms, for each row, beside the floor.",
    )


RATIOS_PICTURE = Picture(
    "ratios.svg", "pulumi-carrierx as a multiple of the floor, for each command and size."
)
MEMORY_PICTURE = Picture("memory.svg", "Peak memory of each process during a create, for each row.")


def comparison_tables(measurements: Measurements) -> tuple[Figures, ...]:
    """All tables of the comparison; none where nothing was measured."""
    if not measurements.settings():
        return ()
    latencies = measurements.latencies()
    return (
        calls_table(measurements),
        *(
            wall_time_table(measurements, latency_ms, is_last=latency_ms == latencies[-1])
            for latency_ms in latencies
        ),
        cpu_table(measurements),
        memory_table(measurements),
    )


def calls_table(measurements: Measurements) -> Figures:
    """The HTTP calls of each command at the longest latency, which changes none of them."""
    return Figures(
        title="HTTP calls",
        explanation=(
            "Counted by the simulator, in an account that holds these numbers and no others. "
            "*Needed* is the fewest that are enough. " + _about_absent(measurements)
        ),
        columns=("command", "numbers", "needed", *map(str, (Row.CARRIERX, *_OTHERS))),
        rows=tuple(
            (
                command.value,
                f"{setting.numbers:,}",
                _calls(measurements.of(Row.HTTP_4, command, setting)),
                _calls(measurements.of(Row.CARRIERX, command, setting)),
                *_of_others(measurements, command, setting, _calls),
            )
            for setting, command in _measured(measurements, measurements.latencies()[-1])
        ),
        promises=calls_promise(measurements),
    )


def wall_time_table(measurements: Measurements, latency_ms: int, *, is_last: bool) -> Figures:
    """Seconds of each command at one latency.

    Args:
        measurements: Whose.
        latency_ms: Which.
        is_last: Whether the promises about all latencies stand below this table.
    """

    def row(setting: Setting, command: Command) -> tuple[str, ...]:
        engine, http, many, ours = (
            measurements.of(row, command, setting)
            for row in (Row.NOTHING, Row.HTTP_4, Row.HTTP_16, Row.CARRIERX)
        )
        least = floor_of(measurements, command, setting)
        floor = least.seconds if least else None
        return (
            command.value,
            f"{setting.numbers:,}",
            "each step" if setting.checkpoints else "at the end",
            _seconds(engine),
            _seconds(http),
            _seconds(many),
            _seconds(ours, floor),
            *_of_others(measurements, command, setting, lambda one: _seconds(one, floor)),
        )

    pictures: tuple[Picture, ...] = (wall_time_picture(latency_ms),)
    promises: tuple[Promise, ...] = ()
    if is_last:
        pictures = (*pictures, RATIOS_PICTURE)
        promises = (*time_promise(measurements), *reads_promise(measurements))
    return Figures(
        title=f"Wall time at {latency_ms} ms",
        explanation=(
            f"Seconds; in brackets as a multiple of the floor, which is *{Row.NOTHING}* plus "
            f"*{Row.HTTP_4}*. The simulator waits {latency_ms} ms before it handles a call. "
            "*State* says when Pulumi's engine writes it: after each step, which is its default, "
            "or once at the end, with `PULUMI_SKIP_CHECKPOINTS=true` for every row of Pulumi. "
            f"{_simulators_share(measurements, latency_ms)}"
        ),
        columns=(
            "command",
            "numbers",
            "state",
            *map(str, (Row.NOTHING, Row.HTTP_4, Row.HTTP_16, Row.CARRIERX, *_OTHERS)),
        ),
        rows=tuple(
            row(setting, command) for setting, command in _measured(measurements, latency_ms)
        ),
        promises=promises,
        pictures=pictures,
    )


def cpu_table(measurements: Measurements) -> Figures:
    """CPU seconds of each command at the shortest latency."""
    latency_ms = measurements.latencies()[0]
    return Figures(
        title="CPU",
        explanation=(
            f"CPU seconds of all processes of a command, at {latency_ms} ms, without the "
            "simulator's. In brackets those of the provider's process."
        ),
        columns=("command", "numbers", *map(str, (Row.NOTHING, Row.CARRIERX, *_OTHERS))),
        rows=tuple(
            (
                command.value,
                f"{setting.numbers:,}",
                _cpu(measurements.of(Row.NOTHING, command, setting)),
                _cpu(measurements.of(Row.CARRIERX, command, setting)),
                *_of_others(measurements, command, setting, _cpu),
            )
            for setting, command in _measured(measurements, latency_ms)
        ),
    )


def memory_table(measurements: Measurements) -> Figures:
    """Peak memory of our processes at the shortest latency, and how much more than the floor's."""
    latency_ms = measurements.latencies()[0]

    def row(setting: Setting, command: Command) -> tuple[str, ...]:
        ours, floor = (
            measurements.of(row, command, setting) for row in (Row.CARRIERX, Row.NOTHING)
        )
        return (
            command.value,
            f"{setting.numbers:,}",
            *(_beside(_held(ours, role), _held(floor, role)) for role in (*_ROLES, None)),
        )

    return Figures(
        title="Memory",
        explanation=(
            f"Peak resident memory of each process with {Row.CARRIERX}, in MB, at {latency_ms} "
            "ms; in brackets how much more that is than with a provider that does nothing. A "
            "refresh and a destroy run no program."
        ),
        columns=("command", "numbers", *map(str, _ROLES), "together"),
        rows=tuple(
            row(setting, command) for setting, command in _measured(measurements, latency_ms)
        ),
        promises=memory_promise(measurements),
        pictures=(MEMORY_PICTURE,),
    )


def _measured(measurements: Measurements, latency_ms: int) -> Iterable[tuple[Setting, Command]]:
    for setting in measurements.settings(latency_ms=latency_ms):
        for command in measurements.commands(setting):
            yield setting, command


def _of_others(
    measurements: Measurements,
    command: Command,
    setting: Setting,
    shown: Callable[[Measurement | None], str],
) -> tuple[str, ...]:
    cells = []
    for row in _OTHERS:
        measured = measurements.of(row, command, setting)
        if measured is not None:
            cells.append(shown(measured))
        elif row is Row.AS_DOCUMENTED and setting.numbers > MOST_AS_DOCUMENTED:
            cells.append("fails")
        elif row is Row.TERRAFORM and not measurements.has(row):
            cells.append("not installed")
        elif row is Row.TERRAFORM:
            cells.append("not run")
        else:
            cells.append("")
    return tuple(cells)


def _about_absent(measurements: Measurements) -> str:
    terraform = (
        ""
        if measurements.has(Row.TERRAFORM)
        else f"*{Row.TERRAFORM}* is measured where it and the provider Mastercard/restapi are "
        "installed. "
    )
    return (
        f"*{Row.AS_DOCUMENTED}* fails somewhere beyond {MOST_AS_DOCUMENTED} numbers: see below. "
        f"{terraform}*{Row.PER_NUMBER}* is shown for its reads: where it has no figure, it was "
        "not measured."
    )


def _simulators_share(measurements: Measurements, latency_ms: int) -> str:
    busiest = max(
        (
            (one.simulator_cpu_seconds / one.seconds, one)
            for one in measurements.all()
            if one.setting.latency_ms == latency_ms and one.seconds >= _LONG_ENOUGH
        ),
        key=lambda pair: pair[0],
        default=None,
    )
    if busiest is None:
        return ""
    share, one = busiest
    return (
        f"The simulator, which uses at most one core, was busiest in *{one.row}*, {one.command} of "
        f"{one.setting.numbers:,}: {min(share, 1):.0%} of the time."
    )


def _calls(measured: Measurement | None) -> str:
    if measured is None:
        return ""
    made: Mapping[str, int] = measured.calls
    return ", ".join(f"{made[method]:,} {method}" for method in _METHODS if method in made) or "0"


def _seconds(measured: Measurement | None, floor: float | None = None) -> str:
    if measured is None:
        return ""
    seconds = f"{measured.seconds:.1f}"
    return seconds if floor is None else f"{seconds} ({measured.seconds / floor:.2f})"


def _cpu(measured: Measurement | None) -> str:
    if measured is None:
        return ""
    provider = measured.cpu_by_role.get(Role.PROVIDER, 0.0)
    return f"{measured.cpu_seconds:.1f} ({provider:.1f})"


def _held(measured: Measurement | None, role: Role | None) -> float | None:
    """The peak of one process; of all together where none is named."""
    if measured is None:
        return None
    return measured.megabytes if role is None else measured.megabytes_by_role.get(role)


def _beside(ours: float | None, floor: float | None) -> str:
    if ours is None:
        return ""
    return f"{ours:.0f}" if floor is None else f"{ours:.0f} ({round(ours - floor):+d})"
