"""Whether a command printed what a page shows.

SIDs and times differ from run to run. A time is as good as any other. A SID on the page stands for
one SID throughout the page, and two of them for two.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

ANY_LINES = "…"

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SID = re.compile(_UUID)
_TIME = re.compile(r"\b[0-9]+(?:\.[0-9]+)?(?:ms|s)\b")
_PROGRESS = re.compile(r"@ \w+ing( \w+)?\.+$")


class ShownOutput:
    """Compares, and remembers which SID on the page is which in this run."""

    def __init__(self) -> None:
        """No SID is known."""
        self._sids: dict[str, str] = {}

    def with_real_sids(self, text: str) -> str:
        """A page's command or program, with this run's SIDs in place of the page's."""
        return _SID.sub(lambda found: self._sids.get(found[0], found[0]), text)

    def difference(self, shown: Iterable[str], printed: str) -> str | None:
        """None if ``printed`` is what is shown; else the two of them, line by line."""
        wanted, found = _essential(shown), _essential(printed.splitlines())
        names: dict[str, str] = {}
        pattern = "".join(
            r"(?:.*\n)*?" if line == ANY_LINES else self._pattern(line, names) + r"\n"
            for line in wanted
        )
        match = re.fullmatch(pattern, "".join(f"{line}\n" for line in found))
        if match is None:
            return "\n".join(difflib.ndiff(wanted, found))
        new = {sid: match[name] for sid, name in names.items()}
        known = {**self._sids, **new}
        if len(set(known.values())) < len(known):
            return f"two SIDs on the page are one in this run: {known}"
        self._sids = known
        return None

    def _pattern(self, line: str, names: dict[str, str]) -> str:
        pattern, end = "", 0
        for found in _SID.finditer(line):
            pattern += re.escape(line[end : found.start()]) + self._sid_pattern(found[0], names)
            end = found.end()
        return pattern + re.escape(line[end:])

    def _sid_pattern(self, sid: str, names: dict[str, str]) -> str:
        if sid in self._sids:
            return re.escape(self._sids[sid])
        if sid in names:
            return f"(?P={names[sid]})"
        names[sid] = f"sid{len(names)}"
        return f"(?P<{names[sid]}>{_UUID})"


def _essential(lines: Iterable[str]) -> list[str]:
    """Without blank lines, without the engine's dots, and with one and the same time everywhere."""
    stripped = (line.rstrip() for line in lines)
    return [_TIME.sub("1s", line) for line in stripped if line and not _PROGRESS.match(line)]
