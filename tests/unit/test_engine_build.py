"""Building the engine, with a Go that only pretends to compile."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.programs import put_program
from tools.bootstrap.engine_build import EXECUTABLES, SCRIPTS, build, cache_key, is_built
from tools.bootstrap.errors import SetUpError
from tools.bootstrap.uv import CHECKOUT

COMMAND = [sys.executable, "-m", "tools.bootstrap", "engine"]
TIMEOUT_SECONDS = 120

PRETENDED_GO = """
import os, pathlib, socket, sys
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
    if port := os.environ.get("PRETENDED_GATE"):
        # Compiles until the test closes the connection.
        socket.create_connection(("127.0.0.1", int(port))).recv(1)
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
    return Path(machine["PULUMI_CARRIERX_CACHE"]) / "engine" / cache_key()


def build_on(machine: dict[str, str]) -> None:
    build(place_of(machine), machine)


def compiled_on(machine: dict[str, str]) -> list[str]:
    """Give the programs that Go was asked to compile, in order."""
    log = Path(machine["PRETENDED_LOG"])
    return log.read_text().split() if log.exists() else []


def start_command(machine: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        COMMAND,
        cwd=CHECKOUT,
        env=machine,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@pytest.fixture
def gate() -> Iterator[socket.socket]:
    """A server that each compiler connects to; it continues when its connection is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIMEOUT_SECONDS)
        yield listening


def held_up_by(gate: socket.socket, machine: dict[str, str]) -> dict[str, str]:
    """Give the machine a Go that compiles for as long as the gate is shut."""
    return {**machine, "PRETENDED_GATE": str(gate.getsockname()[1])}


def test_a_build_leaves_the_executables_and_nothing_else(machine: dict[str, str]) -> None:
    """All four are in ``bin``; modules and compiled packages are gone."""
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
    """Standard output has the answer; progress goes to standard error."""
    answer, told = start_command(machine).communicate(timeout=TIMEOUT_SECONDS)
    assert answer == f"{place_of(machine) / 'bin'}\n"
    assert "engine: building Pulumi" in told


def test_of_two_builds_at_once_one_waits_and_uses_what_the_other_built(
    machine: dict[str, str], gate: socket.socket
) -> None:
    """Both print the same directory, and each program is compiled once."""
    first = start_command(held_up_by(gate, machine))
    compiler, _ = gate.accept()
    second = start_command(machine)
    assert second.stderr is not None
    assert second.stderr.readline() == f"Process {first.pid} is building the engine: waiting.\n"
    compiler.close()
    gate.accept()[0].close()
    answers = [process.communicate(timeout=TIMEOUT_SECONDS)[0] for process in (first, second)]
    assert answers == [f"{place_of(machine) / 'bin'}\n"] * 2
    assert compiled_on(machine) == ["pulumi-language-python", "pulumi"]


def test_a_build_that_was_killed_is_continued(machine: dict[str, str], gate: socket.socket) -> None:
    """SIGKILL releases the lock, and what was fetched and compiled is still there."""
    process = start_command(held_up_by(gate, machine))
    compiler, _ = gate.accept()
    kept = place_of(machine).with_name(f"{cache_key()}.work") / "packages-of-the-first-run"
    kept.touch()
    process.kill()
    # The compiler outlives its build, and continues to write.
    _, told = start_command(machine).communicate(timeout=TIMEOUT_SECONDS)
    assert "continuing an earlier run" in told
    assert is_built(place_of(machine))
    assert not kept.exists()
    compiler.close()
    process.communicate(timeout=TIMEOUT_SECONDS)


def test_an_executable_that_was_removed_is_built_again(machine: dict[str, str]) -> None:
    """A cache that someone has cleaned up is repaired."""
    build_on(machine)
    (place_of(machine) / "bin" / "pulumi").unlink()
    build_on(machine)
    assert is_built(place_of(machine))


def test_what_a_killed_run_left_behind_is_removed_later(machine: dict[str, str]) -> None:
    """A run that ends during its clean-up leaves gigabytes; the next one removes them."""
    build_on(machine)
    left = place_of(machine).with_name(f"{cache_key()}.work")
    (left / "modules").mkdir(parents=True)
    start_command(machine).communicate(timeout=TIMEOUT_SECONDS)
    assert not left.exists()


def test_a_build_that_fails_says_what_to_do_next(machine: dict[str, str]) -> None:
    """One line: what was not done, what to do, what Go said, where all of it is."""
    failing = {**machine, "PRETENDED_FAILURE": "write /x: no space left on device"}
    with pytest.raises(SetUpError) as caught:
        build_on(failing)
    log = place_of(machine).with_name(f"{cache_key()}.work") / "pulumi-language-python.build.log"
    assert str(caught.value) == (
        "the engine could not be built: the disk or your quota is full: free some space (a build "
        "of the engine takes 5 GB while it runs), or set PULUMI_CARRIERX_CACHE to a directory on a "
        "bigger disk, and run it again. It said: write /x: no space left on device "
        f"(full log: {log})"
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
