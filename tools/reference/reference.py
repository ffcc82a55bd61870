"""Command: write ``docs/reference.md`` anew.

python tools/reference/reference.py
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, so that the tools are one package however they are started.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.reference.page import page

PAGE = Path(__file__).resolve().parents[2] / "docs/reference.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
