"""Building the engine, with a Go that only pretends to compile."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.pretended_program import put_program
from tools.engine.build import build, is_built
from tools.engine.recipe import EXECUTABLES, SCRIPTS, cache_key
from tools.set_up.failure import SetUpError

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(CHECKOUT / "tools" / "engine" / "engine.py"), "path"]
PATIENCE = 120

PRETENDED_GO = """
import os, pathlib, sys, time
words = sys.argv[1:]
if words == ["env", "GOVERSION"]:
    print("go1.99.0")
elif words[0] == "env":
    print("linux\\namd64")
elif words[:2] == ["list", "-m"]:
    print(os.environ["PRETENDED_MODULE"])
elif words[0] == "list":
    print("fmt")
else:
    with open(os.environ["PRETENDED_LOG"], "a") as log:
        log.write(words[-1].rpartition("/")[2] + "\\n")
    if failure := os.environ.get("PRETENDED_FAILURE"):
        sys.exit(failure)
    time.sleep(float(os.environ.get("PRETENDED_SECONDS", "0")))
    program = pathlib.Path(words[words.index("-o") + 1])
    program.write_text("#!/bin/sh\\necho v3.259.0\\n")
    program.chmod(0o755)
"""


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Give the environment of a machine with a Go on PATH, an empty cache, and nothing else."""
    go = put_program(tmp_path / "bin" / "go", PRETENDED_GO)
    module = tmp_path / "module"
    for script in SCRIPTS:
        (module / script.path).parent.mkdir(parents=True, exist_ok=True)
        (module / script.path).write_text("#!/bin/sh\n")
    return {
        "PATH": str(go.parent),
        "PULUMI_CARRIERX_CACHE": str(tmp_path / "the cache"),
        "PRETENDED_MODULE": str(module),
        "PRETENDED_LOG": str(tmp_path / "compiled"),
    }


def place_of(machine: dict[str, str]) -> Path:
    """Give the directory that the engine is built into."""
    return Path(machine["PULUMI_CARRIERX_CACHE"]) / "engine" / cache_key()


def build_on(machine: dict[str, str]) -> None:
    """Build the engine in this process."""
    build(place_of(machine), Path(machine["PULUMI_CARRIERX_CACHE"]), machine)


def compiled_on(machine: dict[str, str]) -> list[str]:
    """Give the programs that Go was asked to compile, in order."""
    log = Path(machine["PRETENDED_LOG"])
    return log.read_text().split() if log.exists() else []


def start_command(machine: dict[str, str]) -> subprocess.Popen[str]:
    """Start the command that a person runs."""
    return subprocess.Popen(
        COMMAND, env=machine, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )


def wait_for_compiler(machine: dict[str, str]) -> None:
    """Wait until a build is in the middle of compiling."""
    until = time.monotonic() + PATIENCE
    while not compiled_on(machine):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_build_leaves_the_executables_and_nothing_else(machine: dict[str, str]) -> None:
    """All four stand in ``bin``; modules and compiled packages are gone."""
    build_on(machine)
    place = place_of(machine)
    assert sorted(path.name for path in (place / "bin").iterdir()) == sorted(EXECUTABLES)
    assert sorted(path.name for path in place.parent.iterdir()) == [
        place.name,
        f"{place.name}.lock",
    ]


def test_a_second_run_builds_nothing(machine: dict[str, str]) -> None:
    """The engine is built once for a machine."""
    build_on(machine)
    build_on(machine)
    assert compiled_on(machine) == ["pulumi-language-python", "pulumi"]


def test_the_command_prints_the_directory_and_nothing_else(machine: dict[str, str]) -> None:
    """Standard output is for the program that asked; a person reads standard error."""
    answer, told = start_command(machine).communicate(timeout=PATIENCE)
    assert answer == f"{place_of(machine) / 'bin'}\n"
    assert "engine: building Pulumi" in told


def test_of_two_builds_at_once_one_waits_and_uses_what_the_other_built(
    machine: dict[str, str],
) -> None:
    """Both answer the same directory, and each program is compiled once."""
    slow = {**machine, "PRETENDED_SECONDS": "1"}
    first = start_command(slow)
    wait_for_compiler(slow)
    second = start_command(slow)
    answers = [process.communicate(timeout=PATIENCE) for process in (first, second)]
    assert answers[0][0] == answers[1][0] == f"{place_of(slow) / 'bin'}\n"
    assert answers[1][1] == f"Process {first.pid} is building the engine: waiting for it.\n"
    assert compiled_on(slow) == ["pulumi-language-python", "pulumi"]


def test_a_build_that_was_killed_is_gone_on_with(machine: dict[str, str]) -> None:
    """SIGKILL releases the lock, and what was fetched and compiled is still there."""
    process = start_command({**machine, "PRETENDED_SECONDS": "2"})
    wait_for_compiler(machine)
    kept = place_of(machine).with_name(f"{cache_key()}.work") / "packages-of-the-first-run"
    kept.touch()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert kept.exists()
    _, told = start_command(machine).communicate(timeout=PATIENCE)
    assert "going on with what an earlier run has left" in told
    assert is_built(place_of(machine))


def test_an_executable_that_was_removed_is_built_again(machine: dict[str, str]) -> None:
    """A cache that someone has tidied is mended."""
    build_on(machine)
    (place_of(machine) / "bin" / "pulumi").unlink()
    build_on(machine)
    assert is_built(place_of(machine))


def test_what_a_killed_run_left_behind_is_removed_later(machine: dict[str, str]) -> None:
    """A run that ends while it tidies up leaves gigabytes; the next one takes them away."""
    build_on(machine)
    left = place_of(machine).with_name(f"{cache_key()}.work")
    (left / "modules").mkdir(parents=True)
    start_command(machine).communicate(timeout=PATIENCE)
    assert not left.exists()


def test_a_build_that_fails_says_what_to_do_next(machine: dict[str, str]) -> None:
    """One line: what was not done, what to do, what Go said, where all of it is."""
    failing = {**machine, "PRETENDED_FAILURE": "write /x: no space left on device"}
    with pytest.raises(SetUpError) as caught:
        build_on(failing)
    log = place_of(machine).with_name(f"{cache_key()}.work") / "pulumi-language-python.build.log"
    assert str(caught.value) == (
        "the engine could not be built: the disk is full: free some space (a build of the engine "
        "takes 5 GB while it runs), or set PULUMI_CARRIERX_CACHE to a directory on a bigger disk, "
        "and run it again. It said: write /x: no space left on device "
        f"(all of it: {log})"
    )
    assert not is_built(place_of(machine))


def test_settings_that_a_user_has_for_other_builds_do_not_reach_this_one(
    machine: dict[str, str], tmp_path: Path
) -> None:
    """The compiler gets our directories, this machine's platform, and the user's GOPROXY."""
    seen = tmp_path / "seen"
    noting = f"else:\n    pathlib.Path({str(seen)!r}).write_text(repr(dict(os.environ)))\n"
    put_program(tmp_path / "bin" / "go", PRETENDED_GO.replace("else:\n", noting))
    build_on({**machine, "GOFLAGS": "-mod=vendor", "GOOS": "plan9", "GOPROXY": "http://mine"})
    environment = seen.read_text()
    assert "'GOFLAGS': '-modcacherw'" in environment
    assert "'GOOS': 'linux'" in environment
    assert "'GOPROXY': 'http://mine'" in environment
