"""Random lives of a number: what was declared, what drifted, what is declared next."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class Change:
    """What a program declares before and after, and what somebody else does in between."""

    before: dict[str, Any]
    drift: dict[str, Any]
    drift_replaces: bool
    after: dict[str, Any]
    another_number: bool


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-2, 2, allow_nan=False)
    | st.sampled_from(["", "x", "y"])
)
# Few keys, so that declared, drifted and newly declared objects overlap at every depth.
KEYS = st.sampled_from(["a", "b", "c.d", ""])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
ATTRIBUTES = st.dictionaries(KEYS, JSON, max_size=3)
URLS = st.sampled_from(["https://example.com/sms", "http://example.com:8080/?a=1"])
CAPABILITIES = st.sampled_from([1, 3, 3, 3, ["send_sms", "receive_sms"]])


def declared() -> st.SearchStrategy[dict[str, Any]]:
    """Inputs, less the number; every optional field declared, null or left out."""
    return st.fixed_dictionaries(
        {"capabilities": CAPABILITIES},
        optional={
            "name": st.none() | TEXT,
            "callback_url": st.none() | URLS,
            "string_key_1": st.none() | TEXT,
            "string_key_2": st.none() | TEXT,
            "attributes": st.none() | ATTRIBUTES,
        },
    )


def drifts() -> st.SearchStrategy[dict[str, Any]]:
    """The body of another user's PATCH; empty if there is none."""
    return st.fixed_dictionaries(
        {},
        optional={
            "name": TEXT,
            "callback_url": st.none() | URLS,
            "string_key_1": st.none() | TEXT,
            "attributes": ATTRIBUTES,
        },
    )


def changes() -> st.SearchStrategy[Change]:
    """One number's life."""
    return st.builds(
        Change,
        before=declared(),
        drift=drifts(),
        drift_replaces=st.booleans(),
        after=declared(),
        another_number=st.sampled_from([False, False, False, True]),
    )
