"""What the figures were measured on: versions, cores, the date."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version

from tools.engine.location import engine_directory
from tools.set_up.executable import answer_of


def surroundings() -> str:
    """One line for below a table."""
    pulumi = answer_of(
        [str(engine_directory(os.environ) / "pulumi"), "version"],
        {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
    )
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with pulumi-carrierx "
        f"{version('pulumi-carrierx')}, engine {pulumi or 'unknown'}, Pulumi's Python SDK "
        f"{version('pulumi')}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores."
    )
