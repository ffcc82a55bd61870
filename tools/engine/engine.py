"""Command: print the directory with the Pulumi engine; build the engine first if there is none.

    python tools/engine/engine.py path

Standard output has the directory and nothing else; what is being done goes to standard error.
"""

import argparse
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, so that the tools are one package however they are started.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.engine.location import engine_directory
from tools.set_up.failure import exit_with


def main() -> None:
    """Read the command line, and print the directory."""
    parser = argparse.ArgumentParser(description="Find the Pulumi engine, or build it.")
    parser.add_argument("command", choices=["path"], help="print the directory with pulumi in it")
    parser.parse_args()
    print(engine_directory(os.environ))


if __name__ == "__main__":
    exit_with(main)
