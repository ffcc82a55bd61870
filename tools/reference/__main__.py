"""Command: write ``docs/reference.md``.

python -m tools.reference
"""

from pathlib import Path

from tools.reference.page import page

PAGE = Path(__file__).resolve().parents[2] / "docs/reference.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
