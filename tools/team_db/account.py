"""The operating system account that runs the server, and which folders it can enter."""

import hashlib
import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bootstrap.errors import SetUpError

_INSTEAD_OF_ROOT = ("postgres", "nobody")
_SHARED = Path("/var/cache/pulumi-carrierx")


@dataclass(frozen=True)
class Account:
    """An account that runs the server's programs.

    Attributes:
        ids: Its user and its group; None is the account that runs this.
    """

    ids: tuple[int, int] | None = None

    @property
    def _identity(self) -> dict[str, Any]:
        """The arguments of ``subprocess`` that start a program under this account."""
        if self.ids is None:
            return {}
        return {"user": self.ids[0], "group": self.ids[1], "extra_groups": []}

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], log_file: Path, stdin: str = ""
    ) -> bool:
        """Run a program to its end, append its output to a log; return whether it succeeded.

        Raises:
            OSError: The program cannot be started, or the log cannot be written.
        """
        with log_file.open("a", encoding="utf-8") as sink:
            done = subprocess.run(
                words,
                # Its messages are compared.
                env={**environment, "LC_ALL": "C"},
                # A folder that every account can enter.
                cwd="/",
                input=stdin,
                stdout=sink,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                check=False,
                **self._identity,
            )
        return done.returncode == 0

    def own(self, path: Path, mode: int) -> None:
        """Give a path to this account, with these permissions."""
        if self.ids:
            os.chown(path, *self.ids)
        path.chmod(mode)

    def can_enter(self, folder: Path) -> bool:
        """Return whether the account can enter the folder, or as much of its path as exists."""
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        command = ["test", "-x", str(existing)]
        return subprocess.run(command, check=False, **self._identity).returncode == 0

    def accessible(self, folder: Path) -> Path:
        """Return ``folder`` if the account can enter it, else a folder that takes its place.

        Root's home, with the cache directory in it, is closed to other accounts.
        """
        if self.can_enter(folder):
            return folder
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        return _SHARED / f"{folder.name}-{digest}"

    def make(self, folder: Path) -> None:
        """Create a folder if it is missing, and open it to this account, whatever the umask is."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.ids:
            for path in {folder, _SHARED} & {folder, *folder.parents}:
                path.chmod(0o755)


def server_account(uid: int) -> Account:
    """Return the account for the server of the user ``uid``: the same one, except for root.

    Raises:
        SetUpError: It is root, and there is no other account to run a server.
    """
    if uid:
        return Account()
    for name in _INSTEAD_OF_ROOT:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account((entry.pw_uid, entry.pw_gid))
    message = (
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as: "
        "add one of them, or run this as another user"
    )
    raise SetUpError(message)
