"""Programs that only pretend, for tests of what runs programs."""

import sys
from pathlib import Path


def put_program(program: Path, python_source: str) -> Path:
    """Write an executable that runs Python source, and give its path.

    A shell starts it, since a "#!" line cannot name a Python whose path has a space in it.
    """
    program.parent.mkdir(parents=True, exist_ok=True)
    source = program.with_name(f".{program.name}.py")
    source.write_text(python_source)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{source}" "$@"\n')
    program.chmod(0o755)
    return program
