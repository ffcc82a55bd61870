"""Which Chromium shows the pages: an installed one, or else the distribution's package."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.bootstrap.errors import SetUpError
from tools.bootstrap.log import log
from tools.bootstrap.processes import Command, run_long
from tools.bootstrap.system import cache_directory, output_of

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""Its names on ``PATH``, the smallest program first."""

_PACKAGE = "chromium-headless-shell"


def find_chromium(environment: Mapping[str, str], *, is_root: bool) -> Path:
    """Return a Chromium that runs; install the distribution's if there is none.

    Args:
        environment: Whose ``PATH`` is searched; also the environment of apt-get.
        is_root: Whether packages of the distribution may be installed.

    Raises:
        SetUpError: There is no browser, and none can be installed.
        OSError: The cache directory cannot be written.
    """
    found = _installed(environment)
    if found is None and is_root and _install_package(environment):
        found = _installed(environment)
    if found is None:
        message = (
            "there is no Chromium to show the pages with: install your distribution's package "
            f"{_PACKAGE} or chromium, or put Chrome on PATH as google-chrome"
        )
        raise SetUpError(message)
    return found


def _installed(environment: Mapping[str, str]) -> Path | None:
    for name in NAMES:
        found = shutil.which(name, path=environment.get("PATH", os.defpath))
        if found and output_of([found, "--version"], environment):
            return Path(found)
    return None


def _install_package(environment: Mapping[str, str]) -> bool:
    """Install the package with apt-get; False if there is no apt-get, or if it fails."""
    apt = shutil.which("apt-get", path=environment.get("PATH"))
    if apt is None:
        return False
    log(f"browser: installing the distribution's package {_PACKAGE}")
    log_file = cache_directory(environment) / "browser" / "apt.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    for words in (["update"], ["install", "--yes", "--no-install-recommends", _PACKAGE]):
        command = Command(
            [apt, "--quiet", "-o", "DPkg::Lock::Timeout=300", *words],
            Path("/"),
            {**environment, "DEBIAN_FRONTEND": "noninteractive"},
            log_file,
        )
        try:
            run_long(command, f"apt-get {words[0]} failed", progress=lambda: "apt-get")
        except SetUpError as error:
            log(f"browser: {error}")
            return False
    return True
