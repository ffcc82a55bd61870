"""The comparison as plots, in SVG that is the same whenever the figures are."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from tools.benchmark import growth
from tools.benchmark.aims import MOST_TIMES_THE_FLOOR, against_floor, floor_of
from tools.benchmark.measurement import Measurements, Setting
from tools.benchmark.roles import Role
from tools.benchmark.rows import Row
from tools.benchmark.stack import Command
from tools.benchmark.tables import MEMORY_PICTURE, RATIOS_PICTURE, wall_time_picture

# Okabe and Ito's colours, which need no red and green to differ. Each row also has its own mark.
_BLACK, _ORANGE, _SKY, _GREEN, _BLUE, _VERMILION, _PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
_FLOOR = f"floor: {Row.NOTHING} + {Row.HTTP_4}"
_ROWS = {
    Row.CARRIERX: (_BLUE, "o"),
    Row.PER_NUMBER: (_VERMILION, "X"),
    Row.AS_DOCUMENTED: (_ORANGE, "s"),
    Row.TERRAFORM: (_PURPLE, "^"),
}
_SIZES = ((_SKY, "o"), (_GREEN, "s"), (_BLUE, "D"), (_ORANGE, "^"), (_PURPLE, "v"))
_PROCESSES = {
    Role.ENGINE: _BLUE,
    Role.LANGUAGE_HOST: _BLACK,
    Role.PROGRAM: _SKY,
    Role.PROVIDER: _ORANGE,
}
_GROWTH_ROWS = {
    Row.NOTHING: (_BLACK, "s"),
    Row.NOTHING_LARGE: (_ORANGE, "^"),
    Row.CARRIERX: (_BLUE, "o"),
}
_WHEN_WRITTEN = {True: "after each step", False: "at the end"}
_HOW_DRAWN: dict[bool, Literal["-", ":"]] = {True: "-", False: ":"}

# Of any: the stubs of matplotlib name each of its 300 settings.
_STYLE: dict[Any, Any] = {
    # Text stays text, to be searched, and to be set in a font that the reader has.
    "svg.fonttype": "none",
    "svg.hashsalt": "pulumi-carrierx",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#D9D9D9",
    # White, so that it reads on a dark page too.
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
_WIDTH, _LINE, _AROUND, _LEGEND = 7.0, 0.36, 0.95, 0.8


def comparison_plots(measurements: Measurements) -> dict[str, str]:
    """Every plot of the comparison as SVG, by the name of its file."""
    if not measurements.settings():
        return {}
    with mpl.rc_context(_STYLE):
        plots = {
            wall_time_picture(latency_ms).name: _wall_times(measurements, latency_ms)
            for latency_ms in measurements.latencies()
        }
        plots[RATIOS_PICTURE.name] = _ratios(measurements)
        plots[MEMORY_PICTURE.name] = _memory(measurements)
        return {name: _as_svg(plot) for name, plot in plots.items()}


def growth_plots(measurements: Measurements) -> dict[str, str]:
    """The plot of the growth as SVG, by the name of its file."""
    if not measurements.settings():
        return {}
    with mpl.rc_context(_STYLE):
        return {growth.PICTURE.name: _as_svg(_growth(measurements))}


def _as_svg(plot: Figure) -> str:
    written = io.StringIO()
    # Without a date, so that equal figures give equal files.
    plot.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    # Path data ends in spaces, which a diff would show.
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def _wall_times(measurements: Measurements, latency_ms: int) -> Figure:
    """A panel for each size, a line for each command, a mark for each row."""
    settings = measurements.settings(latency_ms=latency_ms)
    lines = [measurements.commands(setting) for setting in settings]
    plot, panels = _panels(lines)
    for panel, setting, commands in zip(panels, settings, lines, strict=True):
        written = _WHEN_WRITTEN[setting.checkpoints]
        panel.set_title(f"{setting.numbers:,} numbers, state written {written}")
        for place, command in enumerate(commands):
            if (floor := floor_of(measurements, command, setting)) is not None:
                panel.plot(
                    floor.seconds,
                    place,
                    color=_BLACK,
                    marker="|",
                    markersize=18,
                    markeredgewidth=3,
                    linestyle="none",
                    label=_FLOOR,
                )
            for row, style in _ROWS.items():
                if (measured := measurements.of(row, command, setting)) is not None:
                    _mark(panel, [measured.seconds], [place], style, row.value)
        _name_lines(panel, commands)
        panel.set_xlim(left=0)
    _name_axis(panels, "seconds")
    _legend(plot, _labelled(panels))
    return plot


def _ratios(measurements: Measurements) -> Figure:
    """A panel for each latency, a line for each command, a mark for each size."""
    latencies = measurements.latencies()
    sizes = sorted({(each.numbers, each.checkpoints) for each in measurements.settings()})
    plot, panels = _panels([list(Command)] * len(latencies))
    for panel, latency_ms in zip(panels, latencies, strict=True):
        panel.set_title(f"at {latency_ms} ms")
        panel.axvline(1, color=_BLACK, linewidth=1)
        panel.axvline(MOST_TIMES_THE_FLOOR, color=_VERMILION, linewidth=1.5, linestyle="--")
        for (numbers, checkpoints), style in zip(sizes, _SIZES, strict=False):
            setting = Setting(latency_ms, numbers, checkpoints)
            found = [
                (beside.times, place)
                for place, command in enumerate(Command)
                if (beside := against_floor(measurements, command, setting))
            ]
            times, places = [each for each, _ in found], [place for _, place in found]
            _mark(panel, times, places, style, f"{numbers:,} numbers")
        _name_lines(panel, list(Command))
        panel.sharex(panels[0])
    _name_axis(panels, f"times the floor; the dashed line is at {MOST_TIMES_THE_FLOOR}")
    _legend(plot, _labelled(panels))
    return plot


def _memory(measurements: Measurements) -> Figure:
    """A panel for each size, a bar for each row, made of its processes."""
    bars = {
        setting: [
            row for row in (Row.NOTHING, *_ROWS) if measurements.of(row, Command.CREATE, setting)
        ]
        for setting in measurements.settings(latency_ms=measurements.latencies()[0])
    }
    bars = {setting: rows for setting, rows in bars.items() if rows}
    plot, panels = _panels(list(bars.values()))
    for panel, (setting, rows) in zip(panels, bars.items(), strict=True):
        panel.set_title(f"create of {setting.numbers:,} numbers")
        for place, row in enumerate(rows):
            measured = measurements.of(row, Command.CREATE, setting)
            held = measured.megabytes_by_role if measured else {}
            left = 0.0
            for role, colour in _PROCESSES.items():
                width = held.get(role, 0.0)
                panel.barh(
                    place,
                    width,
                    height=0.65,
                    left=left,
                    color=colour,
                    edgecolor="white",
                    label=role.value,
                )
                left += width
            panel.annotate(
                f"{left:.0f}", (left, place), (4, 0), textcoords="offset points", va="center"
            )
        _name_lines(panel, rows, grid="x")
        panel.margins(x=0.12)
    _name_axis(panels, "MB, the peak of each process")
    _legend(plot, _labelled(panels))
    return plot


def _growth(measurements: Measurements) -> Figure:
    """Seconds against numbers, both by powers of ten; dotted where the state is written once."""
    plot = Figure(figsize=(_WIDTH, 5.2), layout="constrained")
    panel = plot.add_subplot()
    counts = sorted({setting.numbers for setting in measurements.settings()})
    for row, (colour, mark) in _GROWTH_ROWS.items():
        for checkpoints, line in _HOW_DRAWN.items():
            found = [
                measured
                for count in counts
                if (
                    measured := measurements.of(row, Command.CREATE, Setting(0, count, checkpoints))
                )
            ]
            panel.plot(
                [measured.setting.numbers for measured in found],
                [measured.seconds for measured in found],
                color=colour,
                marker=mark,
                markersize=9,
                markeredgecolor="white",
                linestyle=line,
                linewidth=2,
            )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks(counts, [f"{count:,}" for count in counts])
    panel.xaxis.set_minor_locator(NullLocator())
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())
    panel.grid(visible=True)
    panel.set_xlabel("numbers")
    panel.set_title("seconds of a create at 0 ms")
    rows = {
        row.value: Line2D([], [], color=colour, marker=mark, markersize=9, linestyle="none")
        for row, (colour, mark) in _GROWTH_ROWS.items()
    }
    lines = {
        f"state written {_WHEN_WRITTEN[checkpoints]}": Line2D(
            [], [], color=_BLACK, linestyle=line, linewidth=2
        )
        for checkpoints, line in _HOW_DRAWN.items()
    }
    _legend(plot, [*rows.items(), *lines.items()])
    return plot


def _panels(lines: Sequence[Sequence[str]]) -> tuple[Figure, list[Axes]]:
    """Panels below one another, each as high as it has lines; none where nothing was measured."""
    if not lines:
        return Figure(figsize=(_WIDTH, _LEGEND)), []
    heights = [len(of_panel) * _LINE + _AROUND for of_panel in lines]
    plot = Figure(figsize=(_WIDTH, sum(heights) + _LEGEND), layout="constrained")
    grid = plot.subplots(len(lines), 1, squeeze=False, height_ratios=heights)
    return plot, list(grid[:, 0])


def _mark(
    panel: Axes,
    along: Sequence[float],
    places: Sequence[float],
    style: tuple[str, str],
    label: str,
) -> None:
    colour, mark = style
    panel.plot(
        along,
        places,
        color=colour,
        marker=mark,
        markersize=10,
        markeredgecolor="white",
        linestyle="none",
        label=label,
    )


def _name_lines(panel: Axes, lines: Iterable[str], *, grid: str = "both") -> None:
    names = [str(line) for line in lines]
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.grid(visible=True, axis="x" if grid == "x" else "both")


def _name_axis(panels: list[Axes], name: str) -> None:
    """Below the last panel, for all of them."""
    for panel in panels[-1:]:
        panel.set_xlabel(name)


def _labelled(panels: list[Axes]) -> Iterator[tuple[str, Any]]:
    for panel in panels:
        handles, labels = panel.get_legend_handles_labels()
        yield from zip(labels, handles, strict=True)


def _legend(plot: Figure, labelled: Iterable[tuple[str, Any]]) -> None:
    """One for all panels, with each name once."""
    named = dict(labelled)
    if not named:
        return
    plot.legend(
        list(named.values()),
        list(named),
        loc="outside upper left",
        ncols=2,
        frameon=False,
        handletextpad=0.4,
        columnspacing=1.2,
    )
