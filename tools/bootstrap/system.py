"""The machine: its cache directory, its programs and their versions."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.bootstrap.errors import SetUpError

_TIMEOUT_SECONDS = 60
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def cache_directory(environment: Mapping[str, str]) -> Path:
    """Return the cache directory, whether it exists or not.

    ``PULUMI_CARRIERX_CACHE`` if it is set, else ``pulumi-carrierx`` in ``XDG_CACHE_HOME``, else in
    ``~/.cache``. As the XDG specification asks, a relative ``XDG_CACHE_HOME`` is ignored.

    Raises:
        SetUpError: None of these is set and the user has no home directory.
    """
    if chosen := environment.get("PULUMI_CARRIERX_CACHE"):
        return Path(chosen).absolute()
    standard = Path(environment.get("XDG_CACHE_HOME", ""))
    if standard.is_absolute():
        return standard / "pulumi-carrierx"
    home = environment.get("HOME")
    try:
        return (Path(home) if home else Path.home()) / ".cache" / "pulumi-carrierx"
    except RuntimeError as error:
        message = "there is no home directory: set PULUMI_CARRIERX_CACHE to a directory"
        raise SetUpError(message) from error


def is_executable(path: Path) -> bool:
    """Return whether this is a file that may be executed."""
    return path.is_file() and os.access(path, os.X_OK)


def output_of(
    command: Sequence[str], environment: Mapping[str, str], directory: Path | None = None
) -> str | None:
    """Return what a program prints on standard output, or None if it fails.

    The shim of a version manager for an inactive version is such a program: it is on ``PATH``, but
    it fails when it is run.
    """
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def version_in(text: str) -> tuple[int, int, int] | None:
    """Find the first version in a text such as ``v3.259.0``, ``go1.27`` or ``uv 0.13.9 (…)``.

    A pre-release counts as its release; a missing third number as 0.
    """
    found = _VERSION.search(text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def at_least(text: str, minimum: str) -> bool:
    """Return whether the version in ``text`` is ``minimum`` or newer; False without a version."""
    version, required = version_in(text), version_in(minimum)
    return version is not None and required is not None and version >= required


def unsuitable_because(version: str | None, minimum: str, missing: Sequence[str] = ()) -> str:
    """Return why an installed program cannot be used, or an empty text if it can.

    Args:
        version: What it printed as its version; None if it failed.
        minimum: The oldest version that will do.
        missing: The programs that it needs and that are not installed.
    """
    if version is None:
        return "it does not run"
    if not at_least(version, minimum):
        return f"it is {version}, and {minimum} or newer is needed"
    return f"{', '.join(missing)} is missing beside it" if missing else ""
