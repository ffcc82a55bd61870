"""docs/reference.md is generated from the code, and the code documents all that it shows."""

from pathlib import Path

import pytest

from carrierx_provider.core import log_file
from carrierx_provider.core.settings import SETTINGS
from tools.reference.docstrings import (
    MissingDocsError,
    attributes_of,
    parameters_of,
    sources_of,
    summary_of,
)
from tools.reference.page import page

DOCS = Path(__file__).resolve().parents[2] / "docs"


class Documented:
    """Of two lines,
    one sentence.

    Not this. Source: Core API, "A Page",
    field ``kind``. Nor this.
    """

    kind: list[int]
    """What ``kind`` it
    is."""
    undocumented: int

    def method(self, first: int, second: int) -> None:
        """Do something.

        Args:
            first: In metres; default:
                none.
            second: Free text: any.

        Raises:
            ValueError: never.
        """

    @property
    def half(self) -> float:
        """Half of it."""
        return 0.5


def test_the_page_is_what_the_code_says() -> None:
    """``make reference`` writes it."""
    written = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert written == page(), "run `make reference`"


def test_what_a_docstring_says_is_read() -> None:
    """A summary, a source, parameters and attributes, each in one line."""
    assert summary_of(Documented) == "Of two lines, one sentence."
    assert sources_of(Documented, Documented.method) == ['Core API, "A Page", field ``kind``']
    assert parameters_of(Documented.method) == {
        "first": "In metres; default: none.",
        "second": "Free text: any.",
    }
    assert attributes_of(Documented) == {
        "kind": ("list[int]", "What ``kind`` it is."),
        "half": ("float", "Half of it."),
    }


def test_a_missing_docstring_is_an_error() -> None:
    """A page with a gap is not written."""

    def undocumented() -> None:
        pass

    with pytest.raises(MissingDocsError):
        summary_of(undocumented)


def test_the_page_about_the_configuration_has_every_setting() -> None:
    """And no other: its table has links beside what a setting is."""
    rows = (DOCS / "configuration.md").read_text(encoding="utf-8").split("\n\n")[2].splitlines()
    # A setting's names are in one cell: that of the stack, then that of the environment.
    names = [row.split("|")[1].strip().replace("`", "").split("<br>") for row in rows[2:]]
    settings = (*SETTINGS, *log_file.SETTINGS)
    assert sorted(names) == sorted(
        [
            *([f"carrierx:{setting.name}"] if setting.name else []),
            *([setting.variable] if setting.variable else []),
        ]
        for setting in settings
    )
