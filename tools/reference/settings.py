"""The settings: a stack's configuration, and the environment."""

from __future__ import annotations

from carrierx_provider.core import log_file
from carrierx_provider.core.settings import SETTINGS
from tools.reference.markdown import code, entries, words

FIRST = (
    "Stack configuration comes first, the environment second, setting by setting. "
    "[configuration.md](configuration.md)"
)


def settings() -> str:
    """Every setting, by both of its names."""
    rows = [
        (
            " or ".join(
                code(name)
                for name in (setting.name and f"carrierx:{setting.name}", setting.variable)
                if name
            ),
            words(setting.meaning),
        )
        for setting in (*SETTINGS, *log_file.SETTINGS)
    ]
    return "\n\n".join(
        [
            "## Settings",
            FIRST,
            entries(rows),
        ]
    )
