"""A stack as the engine keeps it, and the engine's commands on it: what it does between the calls.

Modelled on the engine's own source (pkg/resource/deploy: step_generator.go, step.go; and
provider_plugin.go for what is sent): check with the old inputs, diff with the old outputs; on a
replace check again without old inputs, then delete and create, or create and delete at the end;
what a step that fails leaves in the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi.runtime.proto import engine_pb2, provider_pb2

from tests.provider.front import Front, ProviderError, Run
from tests.provider.properties import keep_secret

Properties = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource in the state."""

    id: str
    inputs: Properties
    outputs: Properties
    pending_replacement: bool = False
    """Deleted for a replace, and not created again yet."""


@dataclass(slots=True)
class Outcome:
    """What a command came to."""

    steps: dict[str, str] = field(default_factory=dict)
    """What it did, or a preview would do, with each resource: ``create``, ``same``, ``update``,
    ``delete``, ``delete, create: capabilities`` or ``create, delete: phonenumber``; after a
    refresh ``same``, ``changed`` (an ``up`` would change it back) or ``gone``."""
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """What the provider said that asks nothing of anybody."""

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.errors


class Stack:
    """A program, its state, and the commands of ``pulumi``; each is a run of the provider."""

    def __init__(
        self, front: Front, settings: Mapping[str, Any], *, name: str = "shop/prod"
    ) -> None:
        """Begin with an empty program and an empty state.

        Args:
            front: The provider.
            settings: The stack's configuration, ``carrierx:`` left out.
            name: Project and stack.
        """
        self.front = front
        self.settings = dict(settings)
        self.name = name
        self.resources: dict[str, Resource] = {}
        self.parallel = 1
        """How many resources are worked on at a time."""
        self._declared: Mapping[str, Mapping[str, Any]] = {}
        self._to_delete: list[tuple[str, Resource]] = []
        """What a replace has superseded, but a failure kept from being deleted."""

    def declare(self, **numbers: Mapping[str, Any]) -> None:
        """Declare these numbers, by resource name, and no others."""
        self._declared = numbers

    def preview(self) -> Outcome:
        """``pulumi preview``."""
        return self._command(self._preview)

    def up(self, *, continue_on_error: bool = False, refresh: bool = False) -> Outcome:
        """``pulumi up``, with ``--continue-on-error`` and ``--refresh``."""

        def up(run: Run, outcome: Outcome) -> None:
            if refresh:
                self._refresh(run, outcome)
            if outcome.ok:
                self._update(run, outcome, continue_on_error=continue_on_error)

        return self._command(up)

    def refresh(self) -> Outcome:
        """``pulumi refresh``."""
        return self._command(self._refresh)

    def destroy(self) -> Outcome:
        """``pulumi destroy``: the program is not run."""
        return self._command(lambda run, outcome: self._delete(run, outcome, self.resources))

    def settled(self) -> bool:
        """Whether neither a preview nor a refresh shows a change, nor a preview after it."""
        return all(
            outcome.ok and not outcome.warnings and set(outcome.steps.values()) <= {"same"}
            for outcome in (self.preview(), self.refresh(), self.preview())
        )

    def snapshot(self) -> Callable[[], None]:
        """Remember the state; what is returned brings it back, as if the runs since were killed."""
        resources, to_delete = dict(self.resources), [*self._to_delete]

        def forget() -> None:
            self.resources, self._to_delete = dict(resources), [*to_delete]

        return forget

    def _command(self, work: Callable[[Run, Outcome], None]) -> Outcome:
        mark = self.front.log.mark()
        outcome = Outcome()
        work(self.front.open_run(self.settings), outcome)
        outcome.warnings = self.front.log.since(mark, engine_pb2.WARNING)
        outcome.lines = self.front.log.since(mark, engine_pb2.INFO)
        return outcome

    def _each(
        self,
        names: Iterable[str],
        work: Callable[[str], None],
        outcome: Outcome,
        *,
        continue_on_error: bool = True,
    ) -> None:
        """Work on each resource; nothing begins any more once something has failed."""

        def one(name: str) -> None:
            if outcome.errors and not continue_on_error:
                return
            try:
                work(name)
            except ProviderError as error:
                outcome.errors.append(str(error))

        with ThreadPoolExecutor(self.parallel) as pool:
            list(pool.map(one, names))

    def _preview(self, run: Run, outcome: Outcome) -> None:
        def preview(name: str) -> None:
            old = self.resources.get(name)
            inputs = self._check(run, name, {} if old is None else old.inputs)
            if old is None:
                outcome.steps[name] = "create"
                if run.supports_preview:
                    self._create(run, name, inputs, preview=True)
                return
            step, _ = self._diff(run, name, old, inputs)
            outcome.steps[name] = step
            if ":" in step:
                inputs = self._check(run, name, {})
            if step == "update" and run.supports_preview:
                self._change(run, name, old, inputs, preview=True)

        self._each(self._declared, preview, outcome)
        outcome.steps |= dict.fromkeys(self.resources.keys() - self._declared.keys(), "delete")

    def _update(self, run: Run, outcome: Outcome, *, continue_on_error: bool) -> None:
        self._each(
            self._declared,
            lambda name: self._register(run, outcome, name),
            outcome,
            continue_on_error=continue_on_error,
        )
        if outcome.ok or continue_on_error:
            self._delete(run, outcome, self.resources.keys() - self._declared.keys())

    def _register(self, run: Run, outcome: Outcome, name: str) -> None:
        """The program declares a resource: bring it about."""
        old = self.resources.get(name)
        inputs = self._check(run, name, {} if old is None else old.inputs)
        if old is None:
            self.resources[name] = self._create(run, name, inputs)
            outcome.steps[name] = "create"
            return
        step, delete_first = self._diff(run, name, old, inputs)
        if ":" in step:
            inputs = self._check(run, name, {})
            if delete_first and not old.pending_replacement:
                self._release(run, name, old)
                self.resources[name] = replace(old, pending_replacement=True)
            self.resources[name] = self._create(run, name, inputs)
            if not delete_first:
                self._to_delete.append((name, old))
        elif step == "update":
            self.resources[name] = self._change(run, name, old, inputs)
        else:
            # A step that changes nothing still writes the inputs.
            self.resources[name] = replace(old, inputs=inputs)
        outcome.steps[name] = step

    def _delete(self, run: Run, outcome: Outcome, names: Iterable[str]) -> None:
        """Delete what replaces have left, and these resources."""

        def finish(index: str) -> None:
            name, old = to_delete[int(index)]
            self._release(run, name, old)
            self._to_delete.remove((name, old))

        def delete(name: str) -> None:
            if not self.resources[name].pending_replacement:
                self._release(run, name, self.resources[name])
            del self.resources[name]
            outcome.steps[name] = "delete"

        to_delete = [*self._to_delete]
        self._each(map(str, range(len(to_delete))), finish, outcome)
        self._each(sorted(names, reverse=True), delete, outcome)

    def _refresh(self, run: Run, outcome: Outcome) -> None:
        def refresh(name: str) -> None:
            old = self.resources[name]
            if old.pending_replacement:
                return
            answer = run.call(
                "Read",
                provider_pb2.ReadRequest,
                id=old.id,
                properties=old.outputs,
                inputs=old.inputs,
                **self._about(run, name),
            )
            if not answer.id:
                del self.resources[name]
                outcome.steps[name] = "gone"
                return
            outputs = run.received(answer.properties)
            inputs = run.received(answer.inputs) if answer.HasField("inputs") else old.inputs
            if not run.accepts_secrets:
                keep_secret(outputs, old.outputs)
                keep_secret(inputs, old.inputs)
            new = self.resources[name] = Resource(answer.id, inputs, outputs)
            # Whether an up of the program as it was would change anything now.
            way_back, _ = self._diff(run, name, new, old.inputs)
            outcome.steps[name] = "same" if way_back == "same" else "changed"

        self._each([*self.resources], refresh, outcome)

    def _about(self, run: Run, name: str) -> dict[str, str]:
        kind = run.front.resource_type
        project, stack = self.name.split("/")
        return {"urn": f"urn:pulumi:{stack}::{project}::{kind}::{name}", "name": name, "type": kind}

    def _check(self, run: Run, name: str, old_inputs: Properties) -> Properties:
        declared = run.inputs(f"{self.name}/{name}", self._declared[name])
        answer = run.call(
            "Check",
            provider_pb2.CheckRequest,
            olds=old_inputs,
            news=declared,
            **self._about(run, name),
        )
        if answer.failures:
            # The engine prints the value of a property that a failure names.
            assert all(not failure.property for failure in answer.failures)
            raise CheckError([failure.reason for failure in answer.failures])
        inputs = run.received(answer.inputs)
        if not run.accepts_secrets:
            keep_secret(inputs, declared)
        return inputs

    def _diff(self, run: Run, name: str, old: Resource, inputs: Properties) -> tuple[str, bool]:
        """What is to be done, and whether a replace deletes first."""
        answer = run.call(
            "Diff",
            provider_pb2.DiffRequest,
            id=old.id,
            olds=old.outputs,
            old_inputs=old.inputs,
            news=inputs,
            **self._about(run, name),
        )
        changes = answer.changes == answer.DIFF_SOME or (
            answer.changes == answer.DIFF_UNKNOWN and inputs != old.inputs
        )
        if answer.replaces or old.pending_replacement:
            order = "delete, create" if answer.deleteBeforeReplace else "create, delete"
            return f"{order}: {', '.join(sorted(answer.replaces))}", answer.deleteBeforeReplace
        return ("update" if changes else "same"), False

    def _create(
        self, run: Run, name: str, inputs: Properties, *, preview: bool = False
    ) -> Resource:
        answer = run.call(
            "Create",
            provider_pb2.CreateRequest,
            properties=inputs,
            preview=preview,
            **self._about(run, name),
        )
        assert answer.id or preview, "a create without an ID"
        return Resource(answer.id, inputs, self._outputs(run, answer, inputs))

    def _change(
        self, run: Run, name: str, old: Resource, inputs: Properties, *, preview: bool = False
    ) -> Resource:
        answer = run.call(
            "Update",
            provider_pb2.UpdateRequest,
            id=old.id,
            olds=old.outputs,
            old_inputs=old.inputs,
            news=inputs,
            preview=preview,
            **self._about(run, name),
        )
        return Resource(old.id, inputs, self._outputs(run, answer, inputs))

    @staticmethod
    def _outputs(run: Run, answer: Any, inputs: Properties) -> Properties:
        outputs = run.received(answer.properties)
        if not run.accepts_secrets:
            keep_secret(outputs, inputs)
        return outputs

    def _release(self, run: Run, name: str, old: Resource) -> None:
        run.call(
            "Delete",
            provider_pb2.DeleteRequest,
            id=old.id,
            properties=old.outputs,
            old_inputs=old.inputs,
            **self._about(run, name),
        )


class CheckError(ProviderError):
    """The inputs are wrong; the engine prints a line for each reason."""

    def __init__(self, reasons: list[str]) -> None:
        """Take the reasons."""
        Exception.__init__(self, "; ".join(reasons))
        assert all(reason.isprintable() for reason in reasons)
