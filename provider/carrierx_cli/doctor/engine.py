"""The engine and its language host, as they were found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_cli.doctor.finding import failed, ok, warning

if TYPE_CHECKING:
    from carrierx_cli.doctor.finding import Finding

OLDEST = (3, 200, 0)
"""The oldest engine that this project is for."""

PARTS_OF_THE_HOST = (
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
"""What runs Python programs, and what runs dynamic providers. Pulumi brings them along, beside
``pulumi``."""

INSTALL = "Install Pulumi: https://www.pulumi.com/docs/install/"


@dataclass(frozen=True, slots=True)
class EngineSeen:
    """What there is of Pulumi."""

    on_path: bool
    version: str | None = None
    """What ``pulumi version`` printed; None if it did not run."""
    missing: tuple[str, ...] = ()
    """Those of ``PARTS_OF_THE_HOST`` that lie neither beside ``pulumi`` nor on PATH."""


def engine_finding(seen: EngineSeen) -> Finding:
    """Whether there is an engine, and new enough."""
    if not seen.on_path:
        return failed("engine", "the command `pulumi` is not on PATH", INSTALL)
    if seen.version is None:
        return failed("engine", "the command `pulumi` does not run", INSTALL)
    numbers = re.match(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)", seen.version)
    oldest = ".".join(map(str, OLDEST))
    if numbers is None:
        text = f"pulumi says of its version {seen.version!r:.60}, which is none"
        return warning("engine", text, f"It has to be {oldest} or newer.")
    if tuple(map(int, numbers.groups())) < OLDEST:
        text = f"pulumi {numbers[0]} is older than {oldest}"
        return failed("engine", text, f"Upgrade it. {INSTALL}")
    return ok("engine", f"pulumi {seen.version.removeprefix('v')}")


def host_finding(seen: EngineSeen) -> Finding:
    """Whether the engine can run Python programs and dynamic providers."""
    if not seen.on_path:
        return warning("language host", "not checked, since it comes with `pulumi`")
    if seen.missing:
        are = "is" if len(seen.missing) == 1 else "are"
        text = f"{', '.join(seen.missing)} {are} neither beside `pulumi` nor on PATH"
        return failed("language host", text, f"Install Pulumi anew, as a whole. {INSTALL}")
    return ok("language host", "runs Python programs and dynamic providers")
