"""The settings: a stack's configuration, and the environment."""

from __future__ import annotations

from carrierx_provider import log_file
from carrierx_provider.settings import SETTINGS
from tools.reference.markdown import code, table, words

FIRST = (
    "Stack configuration comes first, the environment second, setting by setting. "
    "[configuration.md](configuration.md)"
)


def settings() -> str:
    """Every setting, by both of its names."""
    rows = [
        (
            code(f"carrierx:{setting.name}") if setting.name else "",
            code(setting.variable) if setting.variable else "",
            words(setting.meaning),
        )
        for setting in (*SETTINGS, *log_file.SETTINGS)
    ]
    return "\n\n".join(
        [
            "## Settings",
            FIRST,
            table(("stack configuration", "environment", "what it is"), rows),
        ]
    )
