"""The database's files: made whole, or not at all."""

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.set_up.diagnosis import give_up
from tools.set_up.say import say
from tools.team_db.programs import Programs
from tools.team_db.server_user import ServerUser

USER = DATABASE = "pulumi"


@dataclass(frozen=True)
class Cluster:
    """A folder with a database in it, or where one will be.

    Attributes:
        home: The folder.
    """

    home: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder; of the user that runs the server."""
        return self.home / "cluster" / "data"

    @property
    def password_file(self) -> Path:
        """The password, as the engine reads it; of the user that runs the engine."""
        return self.home / "cluster" / "password"

    @property
    def port_file(self) -> Path:
        """The port of the last start, to take it again."""
        return self.home / "port"

    @property
    def major(self) -> int | None:
        """The major version that made it; None before it is made."""
        version = self.data / "PG_VERSION"
        return int(version.read_text(encoding="ascii")) if version.exists() else None

    def make(self, programs: Programs, user: ServerUser, environment: Mapping[str, str]) -> None:
        """Make the database, unless it is there. What a killed run has left is made anew.

        Raises:
            SetUpError: PostgreSQL cannot make it; says what it said.
            OSError: The folder cannot be written.
        """
        if self.data.exists():
            return
        say(f"team-db: making a database with PostgreSQL {programs.major} in {self.home}")
        for left_over in self.home.glob("*.partial"):
            shutil.rmtree(left_over, ignore_errors=True)
        # Of its own: a program that outlives a killed run writes into the old one.
        partial = self.home / f"{os.getpid()}.partial"
        partial.mkdir()
        partial.chmod(0o755)
        password = secrets.token_urlsafe(24)
        data, typed = partial / "data", partial / "typed"
        data.mkdir()
        user.own(data, 0o700)
        # Nobody but their owner may look into either, not even while they are empty.
        for file in (typed, partial / "password"):
            file.touch(0o600)
        user.own(typed, 0o600)
        typed.write_text(f"{password}\n", encoding="ascii")
        # Any port: it may be another one after the next start.
        line = f"127.0.0.1:*:{DATABASE}:{USER}:{password}\n"
        (partial / "password").write_text(line, encoding="ascii")
        log = self.home / "make.log"
        log.unlink(missing_ok=True)
        made = user.run(
            [
                *(str(programs.directory / "initdb"), "-D", str(data), "-U", USER),
                *(f"--pwfile={typed}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"),
            ],
            environment,
            log=log,
        ) or user.run(
            [str(programs.directory / "postgres"), "--single", "-D", str(data), "postgres"],
            environment,
            log=log,
            typed=f"CREATE DATABASE {DATABASE};\n",
        )
        typed.unlink()
        if made:
            give_up("the database could not be made", log)
        partial.replace(self.home / "cluster")
