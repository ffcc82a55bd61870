"""What an update should make of a number's attributes, worked out in another way.

The provider walks nested objects; here they are a flat list of paths and values, so that the two
are unlikely to share a bug.
"""

from typing import Any, TypeAlias

from carrierx_provider.core.json_merge import json_equal

Path: TypeAlias = tuple[str, ...]
Leaves: TypeAlias = dict[Path, Any]


def expected_attributes(
    live: dict[str, Any], declared_before: dict[str, Any], declared_now: dict[str, Any]
) -> dict[str, Any]:
    """The live attributes, less what is no longer declared and still as it was, plus what is."""
    leaves, before, now = leaves_of(live), leaves_of(declared_before), leaves_of(declared_now)
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


def is_ours(path: Path, value: Any, declared: Path, declared_value: Any) -> bool:
    """Whether a live leaf is what was declared, or what is left of an object that was."""
    is_same = path == declared and json_equal(value, declared_value)
    return is_same or (begins_with(declared, path) and value in ({}, None))


def begins_with(path: Path, start: Path) -> bool:
    return path[: len(start)] == start


def leaves_of(tree: dict[str, Any], above: Path = ()) -> Leaves:
    """Every value that is not an object, or an empty one, by its path."""
    leaves: Leaves = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            leaves |= leaves_of(value, (*above, key))
        else:
            leaves[*above, key] = value
    return leaves


def tree_of(leaves: Leaves) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in leaves.items():
        place = tree
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
    return tree
