"""A package of the Linux distribution, for root on a machine that has apt-get."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.set_up.diagnosis import gist
from tools.set_up.long_command import Command, run_long
from tools.set_up.say import say


def install_package(name: str, environment: Mapping[str, str], *, who: str, log: Path) -> bool:
    """Install a package without a question; False if there is no apt-get, or it fails.

    Args:
        name: The package, as Debian and its descendants call it.
        environment: Whose ``PATH`` is searched for apt-get; what it runs with.
        who: Begins the lines that say what is being done.
        log: Takes all that apt-get prints.

    Raises:
        OSError: The log cannot be written.
    """
    apt = shutil.which("apt-get", path=environment.get("PATH"))
    if apt is None:
        return False
    say(f"{who}: installing the package {name} of the distribution")
    log.parent.mkdir(parents=True, exist_ok=True)
    for words in (["update"], ["install", "--yes", "--no-install-recommends", name]):
        status = run_long(
            Command(
                [apt, "--quiet", "-o", "DPkg::Lock::Timeout=300", *words],
                Path("/"),
                {**environment, "DEBIAN_FRONTEND": "noninteractive"},
            ),
            log=log,
            progress=lambda: "apt-get",
        )
        if status:
            printed = log.read_text(encoding="utf-8", errors="replace")
            say(f"{who}: apt-get {words[0]} failed ({gist(printed)}; all of it: {log})")
            return False
    return True
