"""What each step must show. The first that does not hold ends the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.demo.screen import Screen


class DemoError(Exception):
    """The demo cannot go on. The text is one line; ``details`` may be many."""

    def __init__(self, text: str, details: str = "") -> None:
        """Keep both."""
        super().__init__(text)
        self.details = details


class Expectations:
    """Checks, shows and counts what is expected."""

    def __init__(self, screen: Screen) -> None:
        """Nothing was checked yet."""
        self._screen = screen
        self.count = 0

    def that(self, holds: bool, what: str) -> None:  # noqa: FBT001 -- the value is the subject
        """Go on if it holds; else raise ``DemoError``."""
        if not holds:
            raise DemoError(f"expected: {what}")
        self._hold(what)

    def equal(self, found: object, wanted: object, what: str) -> None:
        """Go on if the two are equal; else raise ``DemoError`` with both."""
        if found != wanted:
            raise DemoError(f"expected: {what}", f"wanted: {wanted}\nfound:  {found}")
        self._hold(what)

    def _hold(self, what: str) -> None:
        self.count += 1
        self._screen.held(what)
