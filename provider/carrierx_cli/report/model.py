"""What a report says, before it has any form: plain values.

The aliases and the order of fields are those of the JSON form; docs/report.md documents it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import Field, PlainSerializer

from carrierx_cli.report.masking import Path, path_text
from carrierx_provider.external_did.plan import Condition
from carrierx_provider.external_did.takeover import Match

ResourceName: TypeAlias = Annotated[str, Field(serialization_alias="resource")]
Phonenumber: TypeAlias = Annotated[str | None, Field(serialization_alias="number")]
FieldPath: TypeAlias = Annotated[
    Path, PlainSerializer(path_text), Field(serialization_alias="field")
]
NOT_IN_JSON = Field(exclude=True)


class Outcome(StrEnum):
    """What happens to a number, the most serious first."""

    RELEASED = "released"
    REGISTERED_AGAIN = "released_and_registered_again"
    REPLACED_BY_ANOTHER = "released_for_another"
    REFUSED = "refused"
    """It is to be replaced, and ``retain_on_delete`` keeps it registered, so that ``up`` fails."""
    UNKNOWN = "not_known"
    """The engine's step is one that this report does not know."""
    REGISTERED = "registered"
    UPDATED = "updated"
    FORGOTTEN = "forgotten"
    """It leaves the state and stays registered."""
    READ = "read"
    UNCHANGED = "unchanged"


RELEASING = frozenset({Outcome.RELEASED, Outcome.REGISTERED_AGAIN, Outcome.REPLACED_BY_ANOTHER})
CHANGING = frozenset(Outcome) - {Outcome.READ, Outcome.UNCHANGED}


@dataclass(frozen=True, slots=True)
class ReportedCall:
    """One call that ``up`` makes, or may make. What may not be shown is masked in ``body``."""

    method: str
    path: str
    """Below the base URL; ``{external_did_sid}`` for a SID that only CarrierX knows."""
    query: Annotated[tuple[tuple[str, str], ...], PlainSerializer(dict)]
    body: dict[str, Any] | None = field(repr=False)
    certain: bool
    """Whether it is made whatever the values are that the preview hides."""
    only_if: Condition | None = None
    """What ``up`` must find about the number for the call to be made."""
    after_a_read: bool = False
    """Whether the answer to the read before it may change what is sent, or that it is."""
    unknown: Annotated[tuple[Path, ...], Field(serialization_alias="not_told")] = ()
    """Parts of the body of which the preview hides the value, or whether they are sent at all."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field or attribute, from what to what. None is null or absent; secrets are masked."""

    path: FieldPath
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    certain: bool = True
    """Whether it changes whatever the values are that the preview does not show."""
    undoes_drift: bool = False
    """Whether it undoes what somebody else has changed, and nothing more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number of a preview."""

    resource_name: ResourceName
    urn: str
    outcome: Annotated[Outcome, Field(serialization_alias="fate")]
    engine_op: Annotated[str, NOT_IN_JSON]
    phonenumber: Phonenumber
    """The number that it has, or gets; None if the preview does not show it."""
    new_phonenumber: Annotated[str | None, Field(serialization_alias="new_number")]
    """Another number that is registered in its place."""
    name: str | None = field(repr=False)
    account: str | None
    external_did_sid: str | None
    replaced_for: tuple[str, ...] = ()
    """The fields whose change replaces the number."""
    lost: str | None = None
    """What goes with the registration, as a text; no value but the SID."""
    taken_over_if: tuple[Match, ...] = ()
    """What lets ``up`` use an existing registration of the number instead of making one."""
    taken_over_by: str | None = None
    """The resource that takes its registration over, so that it is not released."""
    only_undoes_drift: bool = False
    """Whether all of it only undoes what somebody else has changed."""
    changes: tuple[Change, ...] = ()
    calls: tuple[ReportedCall, ...] | None = ()
    """None if they are not known."""
    may_be_updated: Annotated[bool, NOT_IN_JSON] = False
    """Whether it is replaced only for values known after ``up``, which may turn out equal."""
    is_retained: Annotated[bool, NOT_IN_JSON] = False
    """Whether its registration stays whatever happens to the resource (``retain_on_delete``)."""
    was_interrupted: Annotated[bool, NOT_IN_JSON] = False
    """Whether an earlier run released it for a replace, and got no further."""
    may_release_existing: Annotated[bool, NOT_IN_JSON] = False
    """Whether such a registration is released if CarrierX cannot update it to what is declared."""
    inputs: Annotated[Mapping[str, Any], NOT_IN_JSON] = field(default_factory=dict, repr=False)
    """What the program declares, as far as the preview shows it; for policies, never shown."""
    outputs: Annotated[Mapping[str, Any], NOT_IN_JSON] = field(default_factory=dict, repr=False)
    """What the state has before it; as ``inputs``."""


@dataclass(frozen=True, slots=True)
class DriftedValue:
    """One field or attribute: what the state has, and what CarrierX has."""

    path: FieldPath
    in_state: Annotated[Any, Field(serialization_alias="recorded")] = field(repr=False)
    found: Any = field(repr=False)
    managed: Annotated[bool, Field(serialization_alias="stated")]
    """Whether the program declares it, so that ``up`` changes it back."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What has drifted on one number."""

    resource_name: ResourceName
    urn: str
    phonenumber: Phonenumber
    name: str | None = field(repr=False)
    external_did_sid: str
    released: bool
    """CarrierX no longer has it; if the program declares it, ``up`` registers it again."""
    values: tuple[DriftedValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a preview."""

    project: str
    stack: str
    errors: int
    """Errors that ended the preview early: the rest is then incomplete."""
    provider_errors: tuple[str, ...]
    """Those of CarrierX's provider, a line each."""
    rows: tuple[Row, ...]
    """Every number that the preview lists, the most serious outcome first, then by number."""
    drifts: tuple[Drift, ...]
    other_resources: Mapping[str, int]
    """Resources of other providers, counted by what the engine does to them."""
    not_listed: Mapping[str, int]
    """Steps that the preview counts without naming their resource, by what the engine does."""

    def with_outcome(self, outcome: Outcome) -> tuple[Row, ...]:
        """The numbers to which this happens."""
        return tuple(row for row in self.rows if row.outcome is outcome)
