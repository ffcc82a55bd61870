"""New rows at the end of a table in YAML: a label for each number, its fields below. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

# libyaml is ten times as fast, and not everywhere.
_DUMPER: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

BEGINNING = """\
# Our numbers at CarrierX. The key is the number's label in Pulumi: keep it, whatever else changes.
"""

NOT_APPENDABLE = (
    "cannot be made longer at its end: its labels must begin at the left margin, with their fields "
    "below, in one document"
)


class _InOneLine(list[str]):
    """A list that is written in brackets."""


# Which of the two it is, only the installation knows.
class _Dumper(_DUMPER):  # type: ignore[misc]
    """Writes no anchors: a row says all that it says."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- the dumper's own signature
        return True


_Dumper.add_representer(
    _InOneLine,
    lambda dumper, names: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", names, flow_style=True
    ),
)


def appended(text: str, rows: Mapping[str, Mapping[str, Any]], _file: str) -> str:
    """The text with the rows behind it, an empty line before each."""
    begun = text or BEGINNING
    ended = begun if begun.endswith("\n") else f"{begun}\n"
    return ended + "".join(f"\n{_row(label, fields)}" for label, fields in rows.items())


def _row(label: str, fields: Mapping[str, Any]) -> str:
    capabilities = {"capabilities": _InOneLine(fields["capabilities"])}
    written: str = yaml.dump(
        {label: {**fields, **capabilities}},
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        # Long texts stay in their line.
        width=2**31 - 1,
    )
    return written
