"""Command: start, stop or remove the PostgreSQL that keeps a team's state.

    python -m tools.team_db start

Standard output of ``start`` has the PULUMI_BACKEND_URL and nothing else; progress goes to standard
error.
"""

import argparse
import os
from pathlib import Path

from tools.bootstrap.errors import SetUpError, exit_with, explain
from tools.bootstrap.log import log
from tools.bootstrap.system import cache_directory
from tools.team_db.server import SETTING, TeamDb


def main() -> None:
    """Read the command line and run the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.team_db", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "remove"])
    command = parser.parse_args().command
    try:
        _run(command)
    except OSError as error:
        is_cached = error.filename and Path(error.filename).is_relative_to(
            cache_directory(os.environ)
        )
        if is_cached or SETTING not in os.environ:
            raise
        raise SetUpError(explain(error, SETTING)) from None


def _run(command: str) -> None:
    team_db = TeamDb(os.environ)
    if command == "start":
        print(team_db.start())
    elif command == "stop":
        log("team-db: stopped" if team_db.stop() else "team-db: was not running")
    else:
        removed = team_db.remove()
        log(f"team-db: removed {removed}" if removed else "team-db: there was none")


if __name__ == "__main__":
    exit_with(main)
