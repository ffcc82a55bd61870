"""Which Chromium shows the pages, on a machine with one and on one without."""

from pathlib import Path

import pytest

from tests.browser.chromium import find_chromium
from tests.unit.outlines import error_of
from tests.unit.programs import put_program
from tools.bootstrap.errors import SetUpError

MISSING = (
    "there is no Chromium to show the pages with: install your distribution's package "
    "chromium-headless-shell or chromium, or put Chrome on PATH as google-chrome"
)


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which nothing is installed."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "PULUMI_CARRIERX_CACHE": str(tmp_path / "cache")}


def test_one_that_runs_is_taken(machine: dict[str, str], tmp_path: Path) -> None:
    """A placeholder that only says how to install it is skipped."""
    put_program(tmp_path / "bin" / "chromium", "raise SystemExit('snap install chromium')")
    put_program(tmp_path / "bin" / "google-chrome", "print('Google Chrome 156.0.8078.79')")
    assert find_chromium(machine, is_root=True) == tmp_path / "bin" / "google-chrome"


def test_root_gets_it_from_the_distribution(
    machine: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only root, and only if there is no browser."""
    place = tmp_path / "bin" / "chromium-headless-shell"
    put_program(tmp_path / "fetched", "print('Chromium 156.0.8078.79')")
    put_program(
        tmp_path / "bin" / "apt-get",
        "import shutil, sys\n"
        "if 'install' in sys.argv:\n"
        f"    shutil.copy({str(tmp_path / 'fetched')!r}, {str(place)!r})\n",
    )
    assert error_of(SetUpError, find_chromium, machine, is_root=False) == MISSING
    assert find_chromium(machine, is_root=True) == place
    assert capsys.readouterr().err == (
        "browser: installing the distribution's package chromium-headless-shell\n"
    )


def test_one_line_says_what_to_install(
    machine: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another line says why the distribution's package could not be installed."""
    put_program(tmp_path / "bin" / "apt-get", "raise SystemExit('E: Unable to locate package')")
    assert error_of(SetUpError, find_chromium, machine, is_root=True) == MISSING
    assert capsys.readouterr().err.splitlines()[-1] == (
        "browser: apt-get update failed: run it again, and if it fails in the same way, after make "
        "clean-cache. It said: E: Unable to locate package "
        f"(full log: {tmp_path / 'cache' / 'browser' / 'apt.log'})"
    )
