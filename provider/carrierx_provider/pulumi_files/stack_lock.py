"""Whether a run holds a stack: its lock, where the backend is a folder.

While a run without checkpoints is at work, the state knows nothing of what it has registered, and
nothing but the lock tells of the run. Pulumi's command line has no word for asking; a backend of
files can be looked into.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

FILES = "file://"


def is_locked(backend: str | None, folder: str, project: str, stack: str) -> bool:
    """Whether a run holds the stack, or has left its lock when it was killed.

    :param backend: its URL; False of any backend that is not a folder.
    :param folder: what a relative path in the URL begins at.
    :param stack: without organization and project.
    """
    if backend is None or not backend.startswith(FILES):
        return False
    path = unquote(backend.removeprefix(FILES).partition("?")[0])
    locks = Path(folder, Path(path).expanduser()) / ".pulumi" / "locks"
    # The second is that of a backend from before stacks belonged to projects.
    places = (locks / "organization" / project / stack, locks / stack)
    return any(lock for place in places for lock in place.glob("*.json"))
