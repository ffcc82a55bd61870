"""As whom the database server runs, and where that user can keep files."""

import hashlib
import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.set_up.failure import SetUpError

_INSTEAD_OF_ROOT = ("postgres", "nobody")
_REACHABLE = Path("/var/cache/pulumi-carrierx")


@dataclass(frozen=True)
class ServerUser:
    """The user that runs the server's programs.

    Attributes:
        uid: Its user; None is the user that runs this.
        gid: Its group; None as above.
    """

    uid: int | None
    gid: int | None

    def run(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        *,
        log: Path,
        typed: str = "",
    ) -> int:
        """Run a program to its end, and give its exit status.

        Args:
            words: The program and its arguments.
            environment: All of its environment, but for the language.
            log: Takes what it prints, after what an earlier one has printed there.
            typed: Its standard input.

        Raises:
            OSError: The program cannot be started, or the log cannot be written.
        """
        with log.open("a", encoding="utf-8") as sink:
            done = subprocess.run(
                words,
                # What it says is looked into.
                env={**environment, "LC_ALL": "C"},
                # Every user may be there, whatever folder this runs in.
                cwd="/",
                input=typed,
                stdout=sink,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                check=False,
                user=self.uid,
                group=self.gid,
                extra_groups=self._no_other_groups,
            )
        return done.returncode

    def own(self, path: Path, mode: int) -> None:
        """Give the path to this user, with these permissions."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def that_owns(self, path: Path) -> "ServerUser":
        """Give the user that a path was given to before, or this one if it is not there.

        A machine may have got a user postgres since.
        """
        if self.uid is None or not path.exists():
            return self
        status = path.stat()
        return ServerUser(status.st_uid, status.st_gid)

    def place(self, wanted: Path) -> Path:
        """Give ``wanted`` if this user can come there, else a folder that stands for it.

        The home directory of root, with the cache directory in it, is closed to everybody else.
        """
        if self.reaches(wanted):
            return wanted
        digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
        return _REACHABLE / f"{wanted.name}-{digest}"

    def make(self, folder: Path) -> None:
        """Make a folder, unless it is there, and let this user enter it, whatever the umask is."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.uid is not None:
            for ours in {folder, _REACHABLE} & {folder, *folder.parents}:
                ours.chmod(0o755)

    def reaches(self, wanted: Path) -> bool:
        """Tell whether this user can enter the folder, or as much of its path as there is."""
        there = next(path for path in (wanted, *wanted.parents) if path.exists())
        asked = subprocess.run(
            ["test", "-x", str(there)],  # noqa: S607 -- the system's own
            check=False,
            user=self.uid,
            group=self.gid,
            extra_groups=self._no_other_groups,
        )
        return asked.returncode == 0

    @property
    def _no_other_groups(self) -> list[int] | None:
        return None if self.uid is None else []


def server_user(uid: int) -> ServerUser:
    """Give the user that runs the server when ``uid`` starts it: itself, unless it is root.

    Raises:
        SetUpError: It is root, and there is no other user to run a server as.
    """
    if uid:
        return ServerUser(None, None)
    for name in _INSTEAD_OF_ROOT:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(account.pw_uid, account.pw_gid)
    message = (
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as: "
        "add one of them, or run this as another user"
    )
    raise SetUpError(message)
