"""What an update should make of a number's attributes, thought out apart from the provider.

The provider walks nested objects; here they are a flat list of paths and values, so that the two
can hardly share a mistake.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Path: TypeAlias = tuple[str, ...]
Leaves: TypeAlias = dict[Path, Any]


def expected_attributes(
    live: dict[str, Any], stated_before: dict[str, Any], stated_now: dict[str, Any]
) -> dict[str, Any]:
    """The live attributes, less what is no longer stated, plus what is."""
    leaves, before, now = leaves_of(live), leaves_of(stated_before), leaves_of(stated_now)
    for path, value in before.items():
        if path not in now:
            leaves = {p: v for p, v in leaves.items() if not is_ours(p, v, path, value)}
    for path, value in now.items():
        if value == {} and any(begins_with(p, path) and p != path for p in leaves):
            continue
        leaves = {
            p: v for p, v in leaves.items() if not begins_with(p, path) and not begins_with(path, p)
        }
        leaves[path] = value
    return tree_of(leaves)


def is_ours(path: Path, value: Any, stated: Path, stated_value: Any) -> bool:
    """Whether a live leaf stands where something was stated that no longer is."""
    if stated_value == {}:
        return begins_with(stated, path) and (path != stated or value == {} or scalar(value))
    return begins_with(path, stated) or begins_with(stated, path)


def scalar(value: Any) -> bool:
    """Whether it is no object."""
    return not isinstance(value, dict)


def begins_with(path: Path, start: Path) -> bool:
    """Whether the path lies at or below ``start``."""
    return path[: len(start)] == start


def leaves_of(tree: dict[str, Any], above: Path = ()) -> Leaves:
    """Every value that is no object, or an empty one, by its path."""
    leaves: Leaves = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            leaves |= leaves_of(value, (*above, key))
        else:
            leaves[*above, key] = value
    return leaves


def tree_of(leaves: Leaves) -> dict[str, Any]:
    """The nested object with these values."""
    tree: dict[str, Any] = {}
    for path, value in leaves.items():
        place = tree
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
    return tree
