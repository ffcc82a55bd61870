"""Starting and stopping the database server, once for all who ask."""

import os
import shutil
import socket
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tools.set_up.cache_directory import cache_directory
from tools.set_up.diagnosis import gist, give_up
from tools.set_up.exclusive import exclusive
from tools.set_up.failure import SetUpError
from tools.set_up.say import say
from tools.team_db.cluster import DATABASE, USER, Cluster
from tools.team_db.programs import Machine, Programs, find_programs
from tools.team_db.server_user import ServerUser, server_user

_HOST = "127.0.0.1"
_FATAL = "FATAL:"
_STILL_ENDING = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
_PATIENCE = 20.0
_LOOK_AGAIN = 0.2


@dataclass(frozen=True)
class _TeamDb:
    """The database that an environment leads to, and as whom its server runs."""

    cluster: Cluster
    user: ServerUser
    environment: Mapping[str, str]

    @property
    def lock(self) -> Path:
        return self.cluster.home / "lock"

    def programs(self) -> Programs:
        cache = cache_directory(self.environment)
        machine = Machine(self.environment, cache, self.user, is_root=os.getuid() == 0)
        return find_programs(machine, self.cluster.major)


def start(environment: Mapping[str, str]) -> str:
    """Give the ``PULUMI_BACKEND_URL`` of the server that runs; start it, and make it, if need be.

    The URL names the file with the password, so that what shows the URL does not show the password.

    Args:
        environment: ``PULUMI_CARRIERX_TEAM_DB`` names the database's folder; else it is ``team-db``
            in the cache directory.

    Raises:
        SetUpError: There is no PostgreSQL and none can be installed, or it does not start.
        OSError: The folder cannot be written.
    """
    team_db = _team_db(environment)
    cluster = team_db.cluster
    team_db.user.make(cluster.home)
    with exclusive(team_db.lock, "starting the team's database"):
        programs = team_db.programs()
        cluster.make(programs, team_db.user, environment)
        if not _is_running(cluster):
            _launch(team_db, programs)
    return url_of(cluster)


def stop(environment: Mapping[str, str]) -> bool:
    """Stop the server; False if it was not running.

    Raises:
        SetUpError: It does not stop.
    """
    team_db = _team_db(environment)
    if not team_db.cluster.home.exists():
        return False
    with exclusive(team_db.lock, "starting the team's database"):
        if not _is_running(team_db.cluster):
            return False
        if not _controlled(team_db, team_db.programs(), "stop", "--mode=fast"):
            give_up("PostgreSQL does not stop", _control_log(team_db.cluster))
    return True


def remove(environment: Mapping[str, str]) -> Path | None:
    """Stop the server and delete the database with all that it keeps; the folder, if there was one.

    Raises:
        SetUpError: It does not stop.
        OSError: The folder cannot be deleted.
    """
    stop(environment)
    home = _team_db(environment).cluster.home
    if not home.exists():
        return None
    shutil.rmtree(home)
    return home


def url_of(cluster: Cluster) -> str:
    """Give the ``PULUMI_BACKEND_URL`` of the database, by the port of its last start."""
    port = cluster.port_file.read_text(encoding="ascii")
    return (
        f"postgres://{USER}@{_HOST}:{port}/{DATABASE}"
        f"?passfile={quote(str(cluster.password_file))}&sslmode=disable"
    )


def _team_db(environment: Mapping[str, str]) -> _TeamDb:
    stated = environment.get("PULUMI_CARRIERX_TEAM_DB")
    wanted = Path(stated).absolute() if stated else cache_directory(environment) / "team-db"
    user = server_user(os.getuid())
    cluster = Cluster(user.place(wanted))
    return _TeamDb(cluster, user.that_owns(cluster.data), environment)


def _is_running(cluster: Cluster) -> bool:
    """Tell whether the server answers that keeps this folder."""
    try:
        lines = (cluster.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        port = cluster.port_file.read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    # The fourth line of the file is the port. A server that was killed leaves the file.
    return lines[3:4] == [port] and not _is_free(int(port))


def _launch(team_db: _TeamDb, programs: Programs) -> None:
    cluster = team_db.cluster
    port = _port(cluster)
    cluster.port_file.write_text(str(port), encoding="ascii")
    options = f"-p {port} -c listen_addresses={_HOST} -c unix_socket_directories="
    served = cluster.data / "server.log"
    flags = [f"--log={served}", f"--options={options}"]
    patience = time.monotonic() + _PATIENCE
    while True:
        served.unlink(missing_ok=True)
        if _controlled(team_db, programs, "start", *flags):
            break
        printed = served.read_text(encoding="utf-8", errors="replace") if served.exists() else ""
        # The processes of a server that was killed end a moment after it.
        is_ending = any(sign in printed for sign in _STILL_ENDING)
        if not is_ending or time.monotonic() > patience:
            fatal = [line for line in printed.splitlines() if _FATAL in line]
            said = fatal[-1].partition(_FATAL)[2].strip() if fatal else gist(printed)
            message = f"PostgreSQL does not start. It said: {said} (all of it: {served})"
            raise SetUpError(message)
        time.sleep(_LOOK_AGAIN)
    say(f"team-db: PostgreSQL {programs.major} serves on {_HOST}:{port}, from {cluster.home}")


def _controlled(team_db: _TeamDb, programs: Programs, command: str, *flags: str) -> bool:
    """Run pg_ctl, and tell whether it went well."""
    cluster = team_db.cluster
    words = [str(programs.directory / "pg_ctl"), command, "--wait", "-D", str(cluster.data)]
    log = _control_log(cluster)
    log.unlink(missing_ok=True)
    return team_db.user.run([*words, *flags], team_db.environment, log=log) == 0


def _control_log(cluster: Cluster) -> Path:
    return cluster.home / "pg_ctl.log"


def _port(cluster: Cluster) -> int:
    """Give the port of the last start if it is free still, else any that is."""
    try:
        last = int(cluster.port_file.read_text(encoding="ascii"))
    except FileNotFoundError:
        last = 0
    if last and _is_free(last):
        return last
    with closing(socket.create_server((_HOST, 0))) as listening:
        free: int = listening.getsockname()[1]
    if last:
        say(f"team-db: another program has taken port {last}: the URL is a new one")
    return free


def _is_free(port: int) -> bool:
    try:
        socket.create_server((_HOST, port)).close()
    except OSError:
        return False
    return True
