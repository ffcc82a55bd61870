"""A benchmark's result as a value, and as text that reads well on a terminal and in a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that a figure has to be, and whether it was."""

    words: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot that belongs to a table: its file's name, and what it shows for who cannot see it."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Figures:
    """One table, what it says in a sentence or two, and the promises that it was to show."""

    title: str
    explanation: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    promises: tuple[Promise, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return all(promise.kept for promise in self.promises)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The figures that ``dataclasses.asdict`` made plain values of."""
        return cls(
            kept["title"],
            kept["explanation"],
            tuple(kept["columns"]),
            tuple(map(tuple, kept["rows"])),
            tuple(Promise(**promise) for promise in kept["promises"]),
            tuple(Picture(**picture) for picture in kept["pictures"]),
        )


def as_markdown(figures: Figures, pictures_in: str | None = None) -> str:
    """The figures as Markdown whose table is aligned in plain text too.

    Args:
        figures: What to show.
        pictures_in: The folder of the pictures, as a link says it; without, none are shown.
    """
    parts = [f"## {figures.title}", figures.explanation]
    if pictures_in is not None:
        parts += [
            f"![{picture.words}]({pictures_in}/{picture.name})" for picture in figures.pictures
        ]
    if figures.rows:
        parts.append(_table(figures.columns, figures.rows))
    if figures.promises:
        parts.append(
            "\n".join(
                f"- {'Kept' if promise.kept else '**Broken**'}: {promise.words}"
                for promise in figures.promises
            )
        )
    return "\n\n".join(parts)


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]

    def line(cells: tuple[str, ...]) -> str:
        # What is counted stands to the right, below one another; the first column is words.
        first = cells[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return f"| {' | '.join([first, *others])} |"

    rule = "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])])
    return "\n".join([line(columns), f"|{rule}|", *map(line, rows)])
