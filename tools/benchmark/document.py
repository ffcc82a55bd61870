"""Putting figures into a document that also has words of its own."""

import re
from pathlib import Path


def write_into(document: Path, part: str, text: str) -> None:
    """Put a part's text between its marks in the document, in place of the old text.

    Args:
        document: A Markdown file. A new one is begun if there is none; a part without marks in it
            is added at the end.
        part: The part's name, as its marks spell it.
        text: The new text, without marks.
    """
    begin, end = f"<!-- figures: {part} -->", f"<!-- end of figures: {part} -->"
    block = f"{begin}\n\n{text}\n\n{end}"
    old = document.read_text(encoding="utf-8") if document.exists() else "# Performance\n"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    # A function, since the text may hold backslashes.
    new, found = marked.subn(lambda _: block, old)
    document.write_text(new if found else f"{old.rstrip()}\n\n{block}\n", encoding="utf-8")
