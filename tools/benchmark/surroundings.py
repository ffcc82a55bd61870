"""What the figures were measured on: versions, cores, the date."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from tools.benchmark import terraform
from tools.bootstrap.engine import engine_directory
from tools.bootstrap.system import output_of


def surroundings() -> str:
    """One line for below a table that was measured just now."""
    return measured_on([today()], with_what())


def today() -> str:
    """The date, in ISO 8601."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def measured_on(dates: Sequence[str], with_what: str) -> str:
    """One line for below a table whose figures were measured on these dates."""
    if not dates:
        return "Not measured yet."
    first, last = min(dates), max(dates)
    when = f"on {first}" if first == last else f"from {first} to {last}"
    return f"Measured {when} with {with_what}."


def with_what() -> str:
    """The versions of all that figures depend on, and the machine's kind and cores."""
    pulumi = output_of(
        [str(engine_directory(os.environ) / "pulumi"), "version"],
        {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
    )
    named = [
        f"pulumi-carrierx {version('pulumi-carrierx')}",
        f"engine {pulumi or 'unknown'}",
        f"Pulumi's Python SDK {version('pulumi')}",
        *(f"{name} {version(name)}" for name in ("httpx", "h2", "hypercorn")),
        *([terraform.version()] if terraform.is_installed() else []),
        f"{platform.python_implementation()} {platform.python_version()}",
        f"{platform.system()} {platform.machine()}",
        f"{os.cpu_count()} cores",
    ]
    return ", ".join(named)
