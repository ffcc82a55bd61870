"""All that a report says, before it has any form."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carrierx_cli.report.analyze import Fate, number_report
from carrierx_cli.report.drift import drift_of, following_steps, is_told, puts_back
from carrierx_cli.report.masking import SECRET_TEXT
from carrierx_provider.pulumi_files.preview import (
    CREATE_REPLACEMENT,
    DELETE_REPLACED,
    REFRESH,
    REPLACE,
    SAME,
)
from carrierx_provider.pulumi_files.urn import EXTERNAL_DID_TYPES, STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from carrierx_cli.report.analyze import NumberReport
    from carrierx_cli.report.drift import Drift
    from carrierx_provider.pulumi_files.preview import Preview, Step

HARMLESS_OPS = frozenset({SAME, "read"})
"""What the engine does to a resource of any provider without changing it."""

_ORDER = {fate: place for place, fate in enumerate(Fate)}


@dataclass(frozen=True, slots=True)
class Contents:
    """What the report says."""

    project: str
    stack: str
    mistakes: int
    """Errors that kept the preview from its end: the rest is then not the whole."""
    numbers: tuple[NumberReport, ...]
    """Every number that the preview lists, the gravest first, then by number."""
    drifts: tuple[Drift, ...]
    other_resources: Mapping[str, int]
    """Resources of other providers by what the engine does to them."""
    not_listed: Mapping[str, int]
    """Steps that the preview counts without telling of what, by what the engine does."""

    def of(self, fate: Fate) -> tuple[NumberReport, ...]:
        """The numbers with this fate."""
        return tuple(number for number in self.numbers if number.fate is fate)


def contents_of(preview: Preview, *, named_sids: Collection[str] = ()) -> Contents:
    """What a preview comes to.

    :param named_sids: the registrations that ``CARRIERX_ADOPT`` lets ``up`` take over.
    """
    ours = [step for step in preview.steps if step.type in EXTERNAL_DID_TYPES]
    others = [
        step
        for step in preview.steps
        if step.type not in EXTERNAL_DID_TYPES and step.type != STACK_TYPE and step.op != REFRESH
    ]
    drifts = _drifts(ours, lists_sames=preview.lists_sames and not preview.errors)
    numbers = _with_take_overs(
        [
            puts_back(number_report(step, names_sids=bool(named_sids)), drifts.get(step.urn_before))
            for step in _one_for_each(ours)
        ],
        named_sids,
    )
    return Contents(
        project=preview.project,
        stack=preview.stack,
        mistakes=preview.errors,
        numbers=tuple(sorted(numbers, key=_place)),
        drifts=tuple(
            sorted(drifts.values(), key=lambda drift: (drift.phonenumber or "", drift.urn))
        ),
        other_resources=dict(sorted(Counter(step.op for step in _one_for_each(others)).items())),
        not_listed=dict(sorted(preview.not_listed.items())),
    )


def _place(number: NumberReport) -> tuple[int, str, str, str]:
    sid = number.external_did_sid or ""
    return _ORDER[number.fate], number.phonenumber or "", number.urn, sid


def _with_take_overs(
    numbers: Sequence[NumberReport], named_sids: Collection[str]
) -> list[NumberReport]:
    """A resource that is renamed without an alias is deleted under its old name.

    Where the new one adopts, it has the registration, and the delete lets go of it (see
    ``external_did.in_use``).
    """
    registered = {
        (number.phonenumber, number.account): number
        for number in numbers
        if number.fate is Fate.REGISTERED
        # Two numbers that are not told are not the same.
        and isinstance(number.stated.get("phonenumber"), str)
        and number.account != SECRET_TEXT
    }

    def without_release(number: NumberReport) -> NumberReport:
        new = registered.get((number.phonenumber, number.account))
        if number.fate is not Fate.RELEASED or new is None:
            return number
        if new.stated.get("adopt_existing") is True or number.external_did_sid in named_sids:
            name = new.resource_name
            return replace(number, fate=Fate.FORGOTTEN, taken_over_by=name, lost=None, calls=())
        return number

    return [without_release(number) for number in numbers]


def _drifts(steps: Sequence[Step], *, lists_sames: bool) -> dict[str, Drift]:
    following = following_steps(steps)
    found = {}
    for step in steps:
        after = following.get(step.urn)
        if step.op != REFRESH or not is_told(after, lists_sames=lists_sames):
            continue
        drift = drift_of(step, after)
        if drift is not None:
            found[step.urn] = drift
    return found


def _one_for_each(steps: Sequence[Step]) -> list[Step]:
    """The steps without refreshes, and without the halves of a replace that is listed itself.

    What an earlier run has left to be deleted is no half of it: it has another ID. And a replace of
    which only the other half is listed was cut off by an earlier run between the two. So was one
    that is to be deleted first and is listed second: there the program has come back to what was.
    """
    created: dict[str, int] = {}
    for place, step in enumerate(steps):
        if step.op == CREATE_REPLACEMENT:
            created.setdefault(step.urn, place)
    deleted = {_identity(step) for step in steps if step.op == DELETE_REPLACED}
    replaced = {_identity(step) for step in steps if step.op == REPLACE}
    replaced_urns = {urn for urn, _ in replaced}

    def is_half(step: Step) -> bool:
        if step.op == CREATE_REPLACEMENT:
            return step.urn in replaced_urns
        return step.op == DELETE_REPLACED and _identity(step) in replaced

    def with_its_past(place: int, step: Step) -> Step:
        if step.op != REPLACE or step.urn not in created:
            return step
        again = _goes_first(step) and created[step.urn] < place and _identity(step) in deleted
        gone = again or _identity(step) not in deleted
        return step.model_copy(update={"before_is_gone": gone, "deletes_it_again": again})

    return [
        with_its_past(place, step)
        for place, step in enumerate(steps)
        if step.op != REFRESH and not is_half(step)
    ]


def _goes_first(step: Step) -> bool:
    return step.before is not None and step.before.pending_replacement


def _identity(step: Step) -> tuple[str, str]:
    return step.urn, "" if step.before is None else step.before.id
