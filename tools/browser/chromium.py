"""Which Chromium looks at the pages: one that is installed, or one from the distribution."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.set_up.cache_directory import cache_directory
from tools.set_up.distribution_package import install_package
from tools.set_up.executable import answer_of
from tools.set_up.failure import SetUpError

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""What it is called on ``PATH``, the smallest first."""

_DISTRIBUTION = "chromium-headless-shell"


def find_chromium(environment: Mapping[str, str], *, is_root: bool) -> Path:
    """Give a Chromium that runs; install the distribution's if there is none.

    Args:
        environment: Whose ``PATH`` is searched; what it runs with.
        is_root: Whether packages of the distribution may be installed.

    Raises:
        SetUpError: There is none, and none can be installed.
        OSError: The cache directory cannot be written.
    """
    found = _installed(environment)
    log = cache_directory(environment) / "browser" / "apt.log"
    if (
        found is None
        and is_root
        and install_package(_DISTRIBUTION, environment, who="browser", log=log)
    ):
        found = _installed(environment)
    if found is None:
        message = (
            "there is no Chromium here to look at the pages with: install the package "
            f"{_DISTRIBUTION} or chromium of your distribution, or put Chrome on PATH as "
            "google-chrome"
        )
        raise SetUpError(message)
    return found


def _installed(environment: Mapping[str, str]) -> Path | None:
    for name in NAMES:
        place = shutil.which(name, path=environment.get("PATH", os.defpath))
        if place and answer_of([place, "--version"], environment):
            return Path(place)
    return None
