"""The page ``docs/reference.md``: its sections, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.reference.commands import commands
from tools.reference.inputs import calls, capabilities, inputs
from tools.reference.program import functions, outputs, tables
from tools.reference.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

SECTIONS: tuple[Callable[[], str], ...] = (
    inputs,
    capabilities,
    outputs,
    tables,
    functions,
    settings,
    calls,
    commands,
)

HEAD = """\
# Reference

Made from the code by `make reference`, and compared with it in the tests: what is to be changed
here is changed in a docstring there. How things work together: [lifecycle.md](lifecycle.md)."""


def page() -> str:
    """The whole page.

    :raises NothingSaidError: something that it shows is not described in the code.
    """
    return "\n\n".join([HEAD, *(section() for section in SECTIONS)]) + "\n"
