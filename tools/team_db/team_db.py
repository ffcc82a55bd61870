"""Command: start, stop or remove the PostgreSQL that keeps a team's state.

    python tools/team_db/team_db.py start

Standard output of ``start`` has the PULUMI_BACKEND_URL and nothing else; what is being done goes to
standard error.
"""

import argparse
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, so that the tools are one package however they are started.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.set_up.failure import exit_with
from tools.set_up.say import say
from tools.team_db.server import remove, start, stop


def main() -> None:
    """Read the command line, and do what it says."""
    parser = argparse.ArgumentParser(description="A PostgreSQL for Pulumi's postgres:// backend.")
    parser.add_argument("command", choices=["start", "stop", "remove"])
    command = parser.parse_args().command
    if command == "start":
        print(start(os.environ))
    elif command == "stop":
        say("team-db: stopped" if stop(os.environ) else "team-db: was not running")
    else:
        removed = remove(os.environ)
        say(f"team-db: removed {removed}" if removed else "team-db: there was none")


if __name__ == "__main__":
    exit_with(main)
