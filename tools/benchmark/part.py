"""A part of the benchmark: how it is measured, and how what was measured is shown."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tools.benchmark.checkpoints import Measured, checkpoint_figures, measured_lives
from tools.benchmark.comparison import Choice, compared
from tools.benchmark.figures import Figures
from tools.benchmark.growth import growth, growth_table
from tools.benchmark.measurement import Measurement, Measurements
from tools.benchmark.plots import comparison_plots, growth_plots
from tools.benchmark.tables import comparison_tables

Plain = dict[str, Any]
"""Something measured, as it is kept in JSON."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a part shows: tables, and plots as SVG by the name of their file."""

    figures: tuple[Figures, ...]
    plots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """How a part is measured and shown."""

    measure: Callable[[Choice], Iterable[Plain]]
    key: Callable[[Plain], Hashable]
    """Whatever was measured with the same key before is out of date."""
    show: Callable[[Sequence[Plain]], Shown]


def one_table(measure: Callable[[], Figures]) -> Part:
    """A part that is always measured as a whole, and is one table."""
    return Part(
        lambda _: [asdict(measure())],
        lambda _: None,
        lambda kept: Shown(tuple(map(Figures.from_json, kept))),
    )


def _measured_comparison(choice: Choice) -> Iterator[Plain]:
    yield from (one.as_json() for one in compared(choice))


def _measured_growth(choice: Choice) -> Iterator[Plain]:
    yield from (one.as_json() for one in growth(choice.growth))


def _measured_checkpoints(choice: Choice) -> Iterator[Plain]:
    yield from (one.as_json() for one in measured_lives(choice.checkpoints))


def _key(kept: Plain) -> Hashable:
    return Measurement.from_json(kept).key


def _shown_comparison(kept: Sequence[Plain]) -> Shown:
    measurements = Measurements(map(Measurement.from_json, kept))
    return Shown(comparison_tables(measurements), comparison_plots(measurements))


def _shown_growth(kept: Sequence[Plain]) -> Shown:
    measurements = Measurements(map(Measurement.from_json, kept))
    return Shown(growth_table(measurements), growth_plots(measurements))


def _shown_checkpoints(kept: Sequence[Plain]) -> Shown:
    return Shown((checkpoint_figures([Measured.from_json(one) for one in kept]),))


COMPARISON = Part(_measured_comparison, _key, _shown_comparison)
GROWTH = Part(_measured_growth, _key, _shown_growth)
CHECKPOINTS = Part(
    _measured_checkpoints, lambda kept: Measured.from_json(kept).key, _shown_checkpoints
)
