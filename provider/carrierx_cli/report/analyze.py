"""A whole preview, number by number: one row a resource, and what has drifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from carrierx_cli.report.drift import drifts_of, marking_undone
from carrierx_cli.report.masking import SECRET_TEXT
from carrierx_cli.report.model import Outcome, Report, Row
from carrierx_cli.report.row import analyze_step
from carrierx_provider.external_did.takeover import Match
from carrierx_provider.pulumi_files.preview import (
    CREATE_REPLACEMENT,
    DELETE_REPLACED,
    REFRESH,
    REPLACE,
    Preview,
    Step,
)
from carrierx_provider.pulumi_files.urn import EXTERNAL_DID_TYPES, STACK_TYPE

_ORDER = tuple(Outcome)


def analyze(preview: Preview, *, named_sids: Collection[str] = ()) -> Report:
    """The report of a preview; ``CARRIERX_ADOPT`` lets ``up`` take ``named_sids`` over."""
    ours = [step for step in preview.steps if step.type in EXTERNAL_DID_TYPES]
    others = [
        step
        for step in preview.steps
        if step.type not in EXTERNAL_DID_TYPES and step.type != STACK_TYPE and step.op != REFRESH
    ]
    drifts = drifts_of(ours, lists_all=preview.lists_sames and not preview.errors)
    planned = [
        marking_undone(analyze_step(step, names_sids=bool(named_sids)), drifts.get(step.urn_before))
        for step in _one_for_each(ours)
    ]
    rows = _with_take_overs(planned, named_sids)
    return Report(
        project=preview.project,
        stack=preview.stack,
        errors=preview.errors,
        rows=tuple(sorted(rows, key=_place)),
        drifts=tuple(
            sorted(drifts.values(), key=lambda drift: (drift.phonenumber or "", drift.urn))
        ),
        other_resources=dict(sorted(Counter(step.op for step in _one_for_each(others)).items())),
        not_listed=dict(sorted(preview.not_listed.items())),
    )


def _place(row: Row) -> tuple[int, str, str, str]:
    sid = row.external_did_sid or ""
    return _ORDER.index(row.outcome), row.phonenumber or "", row.urn, sid


def _with_take_overs(rows: Sequence[Row], named_sids: Collection[str]) -> list[Row]:
    """The rows, without the releases that ``up`` leaves out.

    A resource that is renamed without an alias is deleted under its old name. If the new one takes
    the registration over, the delete leaves it alone (see ``external_did.run_registry``).
    """
    registered = {
        (row.phonenumber, row.account): row
        for row in rows
        if row.outcome is Outcome.REGISTERED
        # Two numbers that the preview hides are not the same.
        and isinstance(row.inputs.get("phonenumber"), str)
        and row.account != SECRET_TEXT
    }

    def without_release(row: Row) -> Row:
        new = registered.get((row.phonenumber, row.account))
        if row.outcome is not Outcome.RELEASED or new is None:
            return row
        if Match.ADOPT_EXISTING in new.taken_over_if or row.external_did_sid in named_sids:
            name = new.resource_name
            return replace(row, outcome=Outcome.FORGOTTEN, taken_over_by=name, lost=None, calls=())
        return row

    return [without_release(row) for row in rows]


def _one_for_each(steps: Sequence[Step]) -> list[Step]:
    """The steps without refreshes, and without the halves of a replace that is listed itself.

    What an earlier run left to be deleted is not such a half: it has another ID. If only one half
    of a replace is listed, an earlier run was interrupted between the two. The same is true of a
    replace that deletes first and is listed second: its program has returned to the old inputs.
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
        goes_first = step.before is not None and step.before.pending_replacement
        again = goes_first and created[step.urn] < place and _identity(step) in deleted
        gone = again or _identity(step) not in deleted
        return step.model_copy(update={"before_is_gone": gone, "deletes_it_again": again})

    return [
        with_its_past(place, step)
        for place, step in enumerate(steps)
        if step.op != REFRESH and not is_half(step)
    ]


def _identity(step: Step) -> tuple[str, str]:
    return step.urn, "" if step.before is None else step.before.id
