"""The database server: created once, started and stopped on demand, by one process at a time."""

import os
import secrets
import shutil
import socket
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from tools.bootstrap.errors import SetUpError, command_failed, key_line
from tools.bootstrap.log import log
from tools.bootstrap.processes import exclusive
from tools.bootstrap.system import cache_directory
from tools.team_db.account import Account, server_account
from tools.team_db.programs import Programs, find_programs

SETTING = "PULUMI_CARRIERX_TEAM_DB"
"""The variable that names the folder."""

_USER = _DATABASE = "pulumi"
_HOST = "127.0.0.1"
_LOCK = "lock"
"""The file that is made first; a folder without it is not this server's."""

_FATAL = "FATAL:"
_STILL_ENDING = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
_START_SECONDS = 20.0
_RETRY_SECONDS = 0.2


class TeamDb:
    """The database of one folder, whether it exists or not.

    Attributes:
        home: The folder.
        data: PostgreSQL's own folder in it; owned by the account that runs the server.
        password_file: The password, as the engine reads it.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Find the folder: ``PULUMI_CARRIERX_TEAM_DB``, else ``team-db`` in the cache directory.

        Raises:
            SetUpError: It has other files.
            OSError: It cannot be read.
        """
        chosen = environment.get(SETTING)
        account = server_account(os.getuid())
        folder = Path(chosen).absolute() if chosen else cache_directory(environment) / "team-db"
        if folder.exists() and any(folder.iterdir()) and not (folder / _LOCK).exists():
            # `remove` deletes the folder.
            message = (
                f"{folder} has files that are not of the team's database: set {SETTING} to a "
                "directory that is empty or does not exist"
            )
            raise SetUpError(message)
        self.home = account.accessible(folder)
        self.data = self.home / "cluster" / "data"
        self.password_file = self.home / "cluster" / "password"
        if account.ids and self.data.exists():
            # The machine may have got a user postgres since the database was created.
            owner = self.data.stat()
            account = Account((owner.st_uid, owner.st_gid))
        self._account = account
        self._environment = environment
        self._port_file = self.home / "port"
        self._control_log = self.home / "pg_ctl.log"

    @property
    def url(self) -> str:
        """The ``PULUMI_BACKEND_URL``, with the port of the last start.

        It names the file with the password, so that showing the URL does not show the password.
        """
        return (
            f"postgres://{_USER}@{_HOST}:{self._port_file.read_text(encoding='ascii')}/{_DATABASE}"
            f"?passfile={quote(str(self.password_file))}&sslmode=disable"
        )

    @property
    def major(self) -> int | None:
        """The major version that created the database; None before it exists."""
        version = self.data / "PG_VERSION"
        return int(version.read_text(encoding="ascii")) if version.exists() else None

    def start(self) -> str:
        """Start the server if it is not running, create the database if necessary; the URL.

        Raises:
            SetUpError: There is no PostgreSQL and none can be installed, or it does not start.
            OSError: The folder cannot be written.
        """
        self._account.make(self.home)
        with exclusive(self.home / _LOCK, "starting the team's database"):
            programs = self._programs()
            if not self.data.exists():
                self._create(programs)
            if not self._is_running():
                self._launch(programs)
        return self.url

    def stop(self) -> bool:
        """Stop the server; False if it was not running.

        Raises:
            SetUpError: It does not stop.
        """
        if not self.home.exists():
            return False
        with exclusive(self.home / _LOCK, "starting the team's database"):
            if not self._is_running():
                return False
            if not self._pg_ctl(self._programs(), "stop", "--mode=fast"):
                raise command_failed("PostgreSQL does not stop", self._control_log)
        return True

    def remove(self) -> Path | None:
        """Stop the server and delete the database; its folder, or None if there was none.

        Raises:
            SetUpError: It does not stop.
            OSError: The folder cannot be deleted.
        """
        self.stop()
        if not self.home.exists():
            return None
        shutil.rmtree(self.home)
        return self.home

    def _programs(self) -> Programs:
        return find_programs(self._environment, self._account, self.major)

    def _create(self, programs: Programs) -> None:
        """Create the database: completely, or not at all. Remove what a killed run left."""
        log(f"team-db: creating a database with PostgreSQL {programs.major} in {self.home}")
        for left_over in self.home.glob("*.partial"):
            shutil.rmtree(left_over, ignore_errors=True)
        # A name of its own: a program that outlives a killed run still writes into the old folder.
        partial = self.home / f"{os.getpid()}.partial"
        partial.mkdir()
        partial.chmod(0o755)
        data, initial, password_file = (
            partial / name for name in ("data", "initial-password", self.password_file.name)
        )
        data.mkdir()
        self._account.own(data, 0o700)
        # Only their owners may read them, even while they are empty.
        for file in (initial, password_file):
            file.touch(0o600)
        self._account.own(initial, 0o600)
        password = secrets.token_urlsafe(24)
        initial.write_text(f"{password}\n", encoding="ascii")
        # Any port: the next start may need another one.
        password_file.write_text(f"{_HOST}:*:{_DATABASE}:{_USER}:{password}\n", encoding="ascii")
        log_file = self.home / "create.log"
        log_file.unlink(missing_ok=True)
        initdb, postgres = (str(programs.directory / name) for name in ("initdb", "postgres"))
        flags = [f"--pwfile={initial}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]
        created = self._account.run(
            [initdb, "-D", str(data), "-U", _USER, *flags], self._environment, log_file
        ) and self._account.run(
            [postgres, "--single", "-D", str(data), "postgres"],
            self._environment,
            log_file,
            stdin=f"CREATE DATABASE {_DATABASE};\n",
        )
        initial.unlink()
        if not created:
            raise command_failed("the database could not be created", log_file)
        partial.replace(self.data.parent)

    def _is_running(self) -> bool:
        """Return whether the server of this folder answers."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            port = self._port_file.read_text(encoding="ascii")
        except FileNotFoundError:
            return False
        # The fourth line of the file is the port. A server that was killed leaves the file.
        return lines[3:4] == [port] and not _is_free(int(port))

    def _launch(self, programs: Programs) -> None:
        port = self._choose_port()
        self._port_file.write_text(str(port), encoding="ascii")
        server_log = self.data / "server.log"
        options = f"-p {port} -c listen_addresses={_HOST} -c unix_socket_directories="
        flags = [f"--log={server_log}", f"--options={options}"]
        deadline = time.monotonic() + _START_SECONDS
        server_log.unlink(missing_ok=True)
        while not self._pg_ctl(programs, "start", *flags):
            printed = server_log.read_text(encoding="utf-8") if server_log.exists() else ""
            # The processes of a server that was killed end a moment after it.
            is_ending = any(sign in printed for sign in _STILL_ENDING)
            if not is_ending or time.monotonic() > deadline:
                fatal = [line for line in printed.splitlines() if _FATAL in line]
                said = fatal[-1].partition(_FATAL)[2].strip() if fatal else key_line(printed)
                message = f"PostgreSQL does not start. It said: {said} (full log: {server_log})"
                raise SetUpError(message)
            time.sleep(_RETRY_SECONDS)
            server_log.unlink(missing_ok=True)
        log(f"team-db: PostgreSQL {programs.major} listens on {_HOST}:{port}, data in {self.home}")

    def _pg_ctl(self, programs: Programs, command: str, *flags: str) -> bool:
        words = [str(programs.directory / "pg_ctl"), command, "--wait", "-D", str(self.data)]
        self._control_log.unlink(missing_ok=True)
        return self._account.run([*words, *flags], self._environment, self._control_log)

    def _choose_port(self) -> int:
        """The port of the last start if it is still free, else any free one."""
        try:
            last = int(self._port_file.read_text(encoding="ascii"))
        except FileNotFoundError:
            last = 0
        if last and _is_free(last):
            return last
        with closing(socket.create_server((_HOST, 0))) as listening:
            free: int = listening.getsockname()[1]
        if last:
            log(f"team-db: another program uses port {last}, so the URL is a new one")
        return free


def _is_free(port: int) -> bool:
    try:
        socket.create_server((_HOST, port)).close()
    except OSError:
        return False
    return True
