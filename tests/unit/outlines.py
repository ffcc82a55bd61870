"""What tables of cases are written in: outlines of inputs with the lines that they are to give."""

from collections.abc import Callable
from typing import Any

import pytest


def cases_in(outline: str) -> list[tuple[str, list[str]]]:
    """The cases of an outline: each line at the margin, with the lines below it.

    A line that is indented by more than four spaces continues the line before it, after a space.
    A pilcrow stands for a line break.
    """
    cases: list[tuple[str, list[str]]] = []
    for line in outline.strip("\n").split("\n"):
        if not line.startswith("    "):
            cases.append((line.replace("¶", "\n"), []))
        elif line.startswith("     "):
            cases[-1][1][-1] += f" {line.strip()}"
        else:
            cases[-1][1].append(line.strip())
    return cases


def error_of(kind: type[Exception], function: Callable[..., Any], *args: Any, **named: Any) -> str:
    """The text of the error that a call raises."""
    with pytest.raises(kind) as caught:
        function(*args, **named)
    return str(caught.value)
