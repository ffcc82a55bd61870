"""Command: start, stop or remove the PostgreSQL that keeps a team's state.

    python -m tools.team_db start

Standard output of ``start`` has the PULUMI_BACKEND_URL and nothing else; progress goes to standard
error.
"""

import argparse
import os

from tools.bootstrap.errors import exit_with
from tools.bootstrap.log import log
from tools.team_db.server import TeamDb


def main() -> None:
    """Read the command line and run the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.team_db", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "remove"])
    command = parser.parse_args().command
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
