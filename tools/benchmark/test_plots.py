"""The plots: what is in the figures is in them, as text that can be read and searched."""

from __future__ import annotations

from itertools import product
from xml.etree import ElementTree as ET

import pytest

from tools.benchmark.measurement import Measurement, Measurements, Setting
from tools.benchmark.plots import comparison_plots, growth_plots
from tools.benchmark.roles import Role
from tools.benchmark.rows import COMPARED, Row
from tools.benchmark.stack import Command

SVG = "{http://www.w3.org/2000/svg}"
SETTINGS = [
    Setting(latency_ms, numbers, checkpoints=numbers < 1_000)
    for latency_ms, numbers in product((0, 50), (100, 2_000))
]


def measured(row: Row, command: Command, setting: Setting, seconds: float = 3) -> Measurement:
    """A measurement with two processes."""
    megabytes = {Role.ENGINE: 120.0, Role.PROVIDER: 57.0}
    return Measurement(row, command, setting, seconds, 1, {}, megabytes, {}, 0, 0)


def texts(plot: str) -> list[str]:
    """Every text of a plot, in order."""
    return ["".join(text.itertext()) for text in ET.fromstring(plot).iter(f"{SVG}text")]  # noqa: S314 -- made by us


@pytest.fixture(scope="module")
def plots() -> dict[str, str]:
    """Those of a comparison in which every row ran every command."""
    return comparison_plots(
        Measurements(
            measured(row, command, setting)
            for row, command, setting in product(COMPARED, Command, SETTINGS)
        )
    )


def test_a_plot_of_times_has_a_panel_for_each_size(plots: dict[str, str]) -> None:
    """With the state's way to be written, a line for each command and a mark for each row."""
    shown = texts(plots["wall-time-50-ms.svg"])
    assert "100 numbers, state written after each step" in shown
    assert "2,000 numbers, state written at the end" in shown
    assert all(shown.count(command) == 2 for command in Command)
    legend = {"floor: nothing + httpx, 4 connections", "pulumi-carrierx", "per number"}
    assert legend | {"as documented", "Terraform"} <= set(shown)


def test_a_plot_of_ratios_has_a_panel_for_each_latency(plots: dict[str, str]) -> None:
    """And a mark for each size."""
    shown = texts(plots["ratios.svg"])
    assert {"at 0 ms", "at 50 ms", "100 numbers", "2,000 numbers"} <= set(shown)


def test_a_plot_of_memory_says_the_sum_of_each_row(plots: dict[str, str]) -> None:
    """Two sizes, five rows that have an engine and a provider."""
    shown = texts(plots["memory.svg"])
    assert shown.count("177") == 10
    assert {"create of 100 numbers", "engine", "provider"} <= set(shown)


def test_the_growth_is_drawn_by_row_and_by_way_to_write() -> None:
    """From the same settings that the table has."""
    (plot,) = growth_plots(
        Measurements(
            measured(Row.NOTHING, Command.CREATE, Setting(0, numbers, checkpoints), numbers / 10)
            for numbers, checkpoints in product((100, 1_000), (True, False))
        )
    ).values()
    assert {"state written after each step", "state written at the end", "1,000"} <= set(
        texts(plot)
    )


def test_equal_figures_give_equal_plots(plots: dict[str, str]) -> None:
    """No date, no random name: a difference in a plot is one in the figures."""
    every = product(COMPARED, Command, SETTINGS)
    assert comparison_plots(Measurements(measured(*one) for one in every)) == plots


@pytest.mark.parametrize("row", COMPARED)
def test_a_row_alone_can_be_plotted(row: Row, plots: dict[str, str]) -> None:
    """As after ``--rows``: the other marks are missing, and nothing fails."""
    alone = Measurements(measured(row, command, SETTINGS[0]) for command in Command)
    assert set(comparison_plots(alone)) == set(plots) - {"wall-time-50-ms.svg"}
