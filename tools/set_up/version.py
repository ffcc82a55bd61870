"""Versions as programs print them, in a form that can be compared."""

import re

VersionNumbers = tuple[int, int, int]

_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def numbers_of(text: str) -> VersionNumbers | None:
    """Find the first version in a text: ``v3.259.0``, ``go1.26.8``, ``uv 0.13.9 (…)``.

    A pre-release counts as the release it leads to; a missing third number as 0.

    Returns:
        Its three numbers, or None if the text has no version.
    """
    found = _NUMBERS.search(text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def at_least(text: str, minimum: str) -> bool:
    """Tell whether the version in ``text`` is ``minimum`` or newer; False if it has none."""
    version, wanted = numbers_of(text), numbers_of(minimum)
    return version is not None and wanted is not None and version >= wanted
