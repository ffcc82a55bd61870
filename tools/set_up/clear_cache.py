"""Command: remove what the set-up keeps outside the checkout. Not while a build is under way."""

import os
import shutil
import sys
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, so that the tools are one package however they are started.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.set_up.cache_directory import cache_directory
from tools.set_up.failure import exit_with
from tools.set_up.say import say
from tools.team_db.server_user import server_user

# By name: a user may have named a directory that holds other things as well.
_OURS = ("engine", "postgresql", "python", "uv")


def main() -> None:
    """Remove our folders from the cache directory, and the directory if nothing else is in it."""
    cache = cache_directory(os.environ)
    ours = [cache / name for name in _OURS]
    # Where root's cache directory is closed to the database server.
    ours.append(server_user(os.getuid()).place(cache / "postgresql"))
    for folder in ours:
        if folder.is_dir():
            say(f"cache: removing {folder}")
            shutil.rmtree(folder)
    if cache.is_dir() and not any(cache.iterdir()):
        cache.rmdir()


if __name__ == "__main__":
    exit_with(main)
