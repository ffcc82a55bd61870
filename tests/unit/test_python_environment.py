"""When the Python environment is made again, and with which Python and which uv."""

import sys
from pathlib import Path

import pytest

from tests.unit.outlines import error_of
from tests.unit.programs import put_program, run
from tools.bootstrap.errors import SetUpError
from tools.bootstrap.uv import CHECKOUT, find_uv
from tools.bootstrap.virtual_environment import is_set_up, set_up

FIND_PYTHON = CHECKOUT / "tools" / "bootstrap" / "find-python"

# Does what uv does for this: it makes an environment with a Python, or says why it cannot.
PRETENDED_UV = """
import os, pathlib, sys
if sys.argv[1:] == ["--version"]:
    print("uv 99.0.0")
    sys.exit()
with open(os.environ["PRETENDED_LOG"], "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
if failure := os.environ.get("PRETENDED_FAILURE"):
    sys.exit(failure)
python = pathlib.Path(os.environ["UV_PROJECT_ENVIRONMENT"], "bin", "python")
python.parent.mkdir(parents=True, exist_ok=True)
python.write_text("")
python.chmod(0o755)
"""

# Called as ``python -c SOURCE``.
PRETENDED_PYTHON = "import sys; exec(sys.argv[2])"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with what the set-up reads of a checkout."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    (folder / "uv.lock").write_text("lock")
    (folder / "pyproject.toml").write_text("project")
    return folder


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Give the environment of a machine with uv on PATH and an empty cache."""
    put_program(tmp_path / "bin" / "uv", PRETENDED_UV)
    return {
        "PATH": str(tmp_path / "bin"),
        "PULUMI_CARRIERX_CACHE": str(tmp_path / "cache"),
        "PRETENDED_LOG": str(tmp_path / "calls"),
    }


def test_a_new_environment_is_made_from_the_lock_once(
    checkout: Path, machine: dict[str, str]
) -> None:
    """With the Python that runs the set-up; a second run needs no network, unless it changes."""
    set_up(checkout, machine)
    set_up(checkout, {})
    (checkout / "uv.lock").write_text("other")
    set_up(checkout, machine)
    assert Path(machine["PRETENDED_LOG"]).read_text().splitlines() == [
        f"sync --frozen --all-extras --python {sys.executable}",
        "sync --frozen --all-extras",
    ]


def test_an_environment_whose_python_is_gone_is_made_again(
    checkout: Path, machine: dict[str, str]
) -> None:
    """The Python that it was made from was removed or upgraded away, or the checkout moved."""
    set_up(checkout, machine)
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/gone/python")
    (checkout / ".venv" / "old").touch()
    set_up(checkout, machine)
    assert is_set_up(checkout)
    assert not (checkout / ".venv" / "old").exists()
    # The scripts of an environment hold the old path.
    assert not is_set_up(checkout.rename(checkout.with_name("moved")))


def test_a_set_up_that_failed_can_be_repeated(checkout: Path, machine: dict[str, str]) -> None:
    """One line says what to do, and the partial environment does not count as complete."""
    failing = {**machine, "PRETENDED_FAILURE": "error: Failed to fetch: x"}
    beginning = "the Python packages could not be installed: a download failed"
    assert error_of(SetUpError, set_up, checkout, failing).startswith(beginning)
    set_up(checkout, machine)
    assert is_set_up(checkout)


def test_a_uv_on_path_that_does_not_run_is_skipped(tmp_path: Path) -> None:
    """The pinned one in the cache is used instead."""
    put_program(tmp_path / "bin" / "uv", "raise SystemExit(127)")
    pinned = FIND_PYTHON.with_name("uv.txt").read_text().split()[0]
    version = pinned.removeprefix("uv==")
    cached = put_program(tmp_path / "cache" / "uv" / version / "bin" / "uv", "raise SystemExit")
    machine = {"PATH": str(tmp_path / "bin"), "PULUMI_CARRIERX_CACHE": str(tmp_path / "cache")}
    assert find_uv(machine) == cached


def find_python(path: Path, python: str = "") -> tuple[int, str, str]:
    """The exit code of the script, and what it prints."""
    done = run("/bin/sh", str(FIND_PYTHON), env={"PATH": str(path), "PYTHON": python})
    return done.returncode, done.stdout, done.stderr


def test_a_python_that_runs_is_found_behind_one_that_does_not(tmp_path: Path) -> None:
    """The shim of a version that is not active is on PATH, but fails when it is run."""
    put_program(tmp_path / "python3", "raise SystemExit(127)")
    assert find_python(tmp_path) == (
        1,
        "",
        "error: no Python 3.11 or newer is on PATH: install one, or name it, as in "
        "make PYTHON=/path/to/python3.11\n",
    )
    usable = put_program(tmp_path / "python3.12", PRETENDED_PYTHON)
    assert find_python(tmp_path) == (0, f"{usable}\n", "")
    # One that the user names is not silently replaced by another.
    assert find_python(tmp_path, python="/gone/python") == (
        1,
        "",
        "error: PYTHON=/gone/python is not a Python 3.11 or newer that runs.\n",
    )
