"""Numbers that are registered, and not yet to be seen by those who read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Visibility:
    """Which SIDs are hidden, and from how many more reads."""

    def __init__(self) -> None:
        """Hide nothing."""
        self._reads_left: dict[str, int] = {}

    def hide(self, sid: str, reads: int) -> None:
        """Hide a SID from the next ``reads`` reads that would show it."""
        self._reads_left[sid] = reads

    def hidden(self) -> set[str]:
        """The SIDs that the next read does not see."""
        return set(self._reads_left)

    def count_read(self, sids: Iterable[str]) -> None:
        """Count a read that would have shown these SIDs."""
        for sid in sids:
            left = self._reads_left.pop(sid, 0) - 1
            if left > 0:
                self._reads_left[sid] = left
