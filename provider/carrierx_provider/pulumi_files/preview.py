"""What ``pulumi preview --json`` printed, read back.

The engine lists a step for each resource that it would work on; those that stay as they are only
with ``--show-sames``, and the two halves of a replace only with ``--show-replacement-steps``. Its
``changeSummary`` counts all of them. A refresh's step shows the resource as it was before, on both
sides; what it found shows in the step after it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

STACK_TYPE = "pulumi:pulumi:Stack"

SAME, REFRESH, REPLACE = "same", "refresh", "replace"
CREATE_REPLACEMENT, DELETE_REPLACED = "create-replacement", "delete-replaced"
REMOVE_PENDING_REPLACE = "remove-pending-replace"
COUNTED_WITH_REPLACE = frozenset({CREATE_REPLACEMENT, DELETE_REPLACED})


_EVENT_KEYS = {"sequence", "timestamp"}
_EVENTS = (
    "these are the engine's events, a line each, and no preview: set "
    "PULUMI_ENABLE_STREAMING_JSON_PREVIEW=false and make it anew"
)


class PreviewError(Exception):
    """The text is no preview that can be reported; one line, without any value of it."""


@dataclass(frozen=True, slots=True)
class ResourceState:
    """A resource before or after a step."""

    id: str
    """Empty for one that is not there yet."""
    inputs: Mapping[str, Any] = field(repr=False)
    outputs: Mapping[str, Any] = field(repr=False)
    retained: bool
    """Whether a delete leaves it alone (``retain_on_delete``)."""
    external: bool
    """Whether it is only read (``ExternalDID.get``)."""
    pending_replacement: bool
    """Whether it goes before its replacement comes."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the engine would do to one resource."""

    op: str
    urn: str
    type: str
    before: ResourceState | None
    after: ResourceState | None
    replace_reasons: tuple[str, ...]
    urn_before: str
    """The URN that the state has it under: another one where it is renamed by an alias."""
    before_is_gone: bool = False
    """Whether a run that was cut off has deleted it already, and only its replacement is left."""
    deletes_it_again: bool = False
    """Whether what is gone is deleted once more, after its replacement has come."""

    @property
    def resource_name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[-1]


@dataclass(frozen=True, slots=True)
class Preview:
    """A whole preview."""

    project: str
    """Empty where the preview has no step that names it."""
    stack: str
    steps: tuple[Step, ...]
    not_listed: Mapping[str, int]
    """Steps that the summary counts and the list leaves out, by what they do."""
    mistakes: int
    """Errors that kept the preview from its end; 0 for a whole one."""

    @property
    def lists_sames(self) -> bool:
        """Whether the resources that stay as they are are listed too."""
        return not self.not_listed.get(SAME)


def read_preview(text: str) -> Preview:
    """Read the output of ``pulumi preview --json``.

    :raises PreviewError: it is none, or the one of a refresh alone.
    """
    digest = _digest(text)
    try:
        steps = tuple(_step(entry) for entry in digest.get("steps") or ())
        summary = {str(op): int(n) for op, n in (digest.get("changeSummary") or {}).items()}
        diagnostics = digest.get("diagnostics") or ()
        mistakes = sum(1 for entry in diagnostics if entry.get("severity") == "error")
        project, stack = _names(steps)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise PreviewError(
            "the preview's JSON has another shape than `pulumi preview --json` gives: a step or "
            "its summary cannot be read. Make it anew with Pulumi 3.200.0 or newer"
        ) from None
    if _refreshes_alone(steps):
        raise PreviewError(
            "this is the preview of a refresh, which does not say what has drifted: make it with "
            "`pulumi preview --refresh --json --show-sames --show-replacement-steps`"
        )
    return Preview(project, stack, steps, _not_listed(steps, summary), mistakes)


def _digest(text: str) -> dict[str, Any]:
    if not text.strip():
        raise PreviewError(
            "the preview is empty: `pulumi preview --json` has printed nothing, and says why on "
            "standard error"
        )
    try:
        digest = json.loads(text)
    except (ValueError, RecursionError):
        if _is_event(text.lstrip().splitlines()[0]):
            raise PreviewError(_EVENTS) from None
        raise PreviewError(
            "the preview is not JSON, or not all of it: make it with `pulumi preview --json` and "
            "keep standard error out of it"
        ) from None
    if isinstance(digest, dict) and digest.keys() >= _EVENT_KEYS:
        raise PreviewError(_EVENTS)
    if not isinstance(digest, dict) or not {"steps", "changeSummary", "duration"} & digest.keys():
        raise PreviewError("this JSON is no preview: make it with `pulumi preview --json`")
    return digest


def _is_event(line: str) -> bool:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and event.keys() >= _EVENT_KEYS


def _step(entry: Mapping[str, Any]) -> Step:
    urn = str(entry["urn"])
    before, after = entry.get("oldState"), entry.get("newState")
    stated_type = (after or before or {}).get("type")
    return Step(
        op=str(entry["op"]),
        urn=urn,
        type=str(stated_type or urn.split("::")[2].rpartition("$")[2]),
        before=_state(before),
        after=_state(after),
        urn_before=str((before or {}).get("urn") or urn),
        replace_reasons=tuple(str(reason) for reason in entry.get("replaceReasons") or ()),
    )


def _state(entry: Mapping[str, Any] | None) -> ResourceState | None:
    if entry is None:
        return None
    return ResourceState(
        id=str(entry.get("id") or ""),
        inputs=dict(entry.get("inputs") or {}),
        outputs=dict(entry.get("outputs") or {}),
        retained=entry.get("retainOnDelete") is True,
        external=entry.get("external") is True,
        pending_replacement=entry.get("pendingReplacement") is True,
    )


def _refreshes_alone(steps: tuple[Step, ...]) -> bool:
    """A run of the program has a step of its own for the stack, as a destroy has; this has none."""
    of_the_stack = {step.op for step in steps if step.type == STACK_TYPE}
    return of_the_stack == {REFRESH}


def _names(steps: tuple[Step, ...]) -> tuple[str, str]:
    for step in steps:
        parts = step.urn.removeprefix("urn:pulumi:").split("::")
        return parts[1], parts[0]
    return "", ""


def _not_listed(steps: tuple[Step, ...], summary: Mapping[str, int]) -> dict[str, int]:
    listed = Counter(step.op for step in steps if step.op != REFRESH)
    hidden = {op: count - listed[op] for op, count in summary.items()}
    return {
        op: count
        for op, count in hidden.items()
        if count > 0 and op not in COUNTED_WITH_REPLACE | {REFRESH}
    }
