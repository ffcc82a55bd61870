"""docs/reference.md is generated from the code, and the code documents all that it shows."""

from pathlib import Path

from carrierx_provider.core import log_file
from carrierx_provider.core.settings import SETTINGS
from tools.reference.page import page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_what_the_code_says() -> None:
    """``make reference`` writes it."""
    written = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert written == page(), "run `make reference`"


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
