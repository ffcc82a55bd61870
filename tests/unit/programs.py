"""Programs: run to their end, or only pretended, for tests of what runs programs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

UV_WITHOUT_A_NETWORK = """
import sys
if sys.argv[1:] == ["--version"]:
    sys.exit(print("uv 99.0.0"))
sys.exit("error: Failed to fetch: dns error")
"""


def run(*command: str, check: bool = False, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program, and give what it printed, as text."""
    return subprocess.run(
        command, check=check, capture_output=True, encoding="utf-8", timeout=120, **options
    )


def run_python(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python source in a process of its own; it must not fail."""
    return run(sys.executable, "-c", source, *arguments, check=True)


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
