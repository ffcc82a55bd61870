"""Command: set up a checkout.

    python -m tools.bootstrap setup          make .venv from uv.lock
    python -m tools.bootstrap engine         find or build the Pulumi engine; print its directory
    python -m tools.bootstrap oldest-engine  build the oldest engine that is supported; the same
    python -m tools.bootstrap uv             find or install uv; print its path
    python -m tools.bootstrap clear-cache    remove what is kept outside the checkout

Standard output has the answer and nothing else; progress goes to standard error.
"""

import argparse
import os
import shutil

from tools.bootstrap.engine import built_engine, engine_directory
from tools.bootstrap.engine_build import OLDEST_ENGINE
from tools.bootstrap.errors import exit_with
from tools.bootstrap.log import log
from tools.bootstrap.system import cache_directory
from tools.bootstrap.uv import CHECKOUT, find_uv
from tools.bootstrap.virtual_environment import set_up
from tools.team_db.account import server_account

# By name: a user may have chosen a cache directory that holds other things as well.
_CACHED = ("browser", "engine", "postgresql", "python", "uv")


def clear_cache() -> None:
    """Remove our folders from the cache directory, and the directory itself if it is then empty."""
    cache = cache_directory(os.environ)
    folders = [cache / name for name in _CACHED]
    # Where the database server of root cannot enter root's cache directory.
    folders.append(server_account(os.getuid()).accessible(cache / "postgresql"))
    for folder in folders:
        if folder.is_dir():
            log(f"cache: removing {folder}")
            shutil.rmtree(folder)
    if cache.is_dir() and not any(cache.iterdir()):
        cache.rmdir()


def main() -> None:
    """Read the command line and run the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.bootstrap", description=__doc__)
    parser.add_argument(
        "command", choices=["setup", "engine", "oldest-engine", "uv", "clear-cache"]
    )
    command = parser.parse_args().command
    if command == "setup":
        set_up(CHECKOUT, os.environ)
    elif command == "engine":
        print(engine_directory(os.environ))
    elif command == "oldest-engine":
        print(built_engine(os.environ, OLDEST_ENGINE))
    elif command == "uv":
        print(find_uv(os.environ))
    else:
        clear_cache()


if __name__ == "__main__":
    exit_with(main)
