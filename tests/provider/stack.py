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
from typing import Any, TypeAlias, TypeVar

from pulumi.runtime.proto import engine_pb2, provider_pb2

from tests.provider.front import Front, ProviderError, Run

Properties: TypeAlias = dict[str, Any]
Item = TypeVar("Item")

TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
INHERITED_RETAIN = "inherited retain_on_delete"
"""Among what is declared: the option comes from a component, so that the SDK does not see it."""
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What a preview does not know yet, as the engine marks it."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret value, in the program and in the state."""

    value: Any


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource in the state."""

    id: str
    inputs: Properties
    outputs: Properties
    pending_replacement: bool = False
    """Deleted for a replace, and not created again yet."""
    retained: bool = False
    """Its delete does not reach the provider (``retain_on_delete``)."""


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
        begin, outcome = len(self.front.log.lines), Outcome()
        work(self.front.open_run(self.settings), outcome)
        said = self.front.log.lines[begin:]
        outcome.warnings = [line for severity, line in said if severity == engine_pb2.WARNING]
        outcome.lines = [line for severity, line in said if severity == engine_pb2.INFO]
        return outcome

    def _each(
        self,
        items: Iterable[Item],
        work: Callable[[Item], None],
        outcome: Outcome,
        *,
        continue_on_error: bool = True,
    ) -> None:
        """Work on each of them; nothing begins any more once something has failed."""

        def one(item: Item) -> None:
            if outcome.errors and not continue_on_error:
                return
            try:
                work(item)
            except ProviderError as error:
                outcome.errors.append(str(error))

        with ThreadPoolExecutor(self.parallel) as pool:
            list(pool.map(one, items))

    def _preview(self, run: Run, outcome: Outcome) -> None:
        def preview(name: str) -> None:
            old = self.resources.get(name)
            inputs = self._check(run, name, old)
            if old is None:
                outcome.steps[name] = "create"
                return
            outcome.steps[name], _ = self._diff(run, name, old, inputs)
            if ":" in outcome.steps[name]:
                self._check(run, name, None)

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
        inputs = self._check(run, name, old)
        if old is None:
            self.resources[name] = self._create(run, name, inputs)
            outcome.steps[name] = "create"
            return
        step, delete_first = self._diff(run, name, old, inputs)
        if ":" in step:
            inputs = self._check(run, name, None)
            if delete_first and not old.pending_replacement:
                self._release(run, name, old)
                self.resources[name] = replace(old, pending_replacement=True)
            self.resources[name] = self._create(run, name, inputs)
            if not delete_first:
                self._to_delete.append((name, old))
        elif step == "update":
            answer = self._call(run, "Update", name, id=old.id, olds=old.outputs, news=inputs)
            outputs = received(run, answer.properties, inputs)
            self.resources[name] = Resource(old.id, inputs, outputs, retained=self._retains(name))
        else:
            # A step that changes nothing still writes the inputs and the options.
            self.resources[name] = replace(old, inputs=inputs, retained=self._retains(name))
        outcome.steps[name] = step

    def _delete(self, run: Run, outcome: Outcome, names: Iterable[str]) -> None:
        """Delete what replaces have left, and these resources."""

        def finish(superseded: tuple[str, Resource]) -> None:
            self._release(run, *superseded)
            self._to_delete.remove(superseded)

        def delete(name: str) -> None:
            if not self.resources[name].pending_replacement:
                self._release(run, name, self.resources[name])
            del self.resources[name]
            outcome.steps[name] = "delete"

        self._each([*self._to_delete], finish, outcome)
        self._each(sorted(names, reverse=True), delete, outcome)

    def _refresh(self, run: Run, outcome: Outcome) -> None:
        def refresh(name: str) -> None:
            old = self.resources[name]
            if old.pending_replacement:
                return
            answer = self._call(
                run, "Read", name, id=old.id, properties=old.outputs, inputs=old.inputs
            )
            if not answer.id:
                del self.resources[name]
                outcome.steps[name] = "gone"
                return
            outputs = received(run, answer.properties, old.outputs)
            # Without inputs in the answer, those of the state stay.
            inputs = (
                received(run, answer.inputs, old.inputs)
                if answer.HasField("inputs")
                else old.inputs
            )
            new = self.resources[name] = replace(old, id=answer.id, inputs=inputs, outputs=outputs)
            # Whether an up of the program as it was would change anything now.
            way_back, _ = self._diff(run, name, new, old.inputs)
            outcome.steps[name] = "same" if way_back == "same" else "changed"

        self._each([*self.resources], refresh, outcome)

    def _call(self, run: Run, method: str, name: str, **fields: Any) -> Any:
        """Call the provider about a resource, without secrets: it does not accept any."""
        project, stack = self.name.split("/")
        urn = f"urn:pulumi:{stack}::{project}::{TYPE}::{name}"
        request = getattr(provider_pb2, f"{method}Request")
        sent = {field: plain(value) for field, value in fields.items()}
        return run.call(method, request, urn=urn, name=name, type=TYPE, **sent)

    def _check(self, run: Run, name: str, old: Resource | None) -> Properties:
        declared = {
            key: value
            for key, value in self._declared[name].items()
            if value is not None and key != INHERITED_RETAIN
        }
        # What the SDK finds out for the provider.
        if isinstance(declared.get("name"), Secret):
            declared["name_is_secret"] = True
        if key := self.settings.get("ownershipKey"):
            declared["ownership"] = {"key": key, "owner": f"{self.name}/{name}"}
        answer = self._call(run, "Check", name, olds=old.inputs if old else {}, news=declared)
        if answer.failures:
            # The engine prints the value of a property that a failure names.
            assert all(not failure.property for failure in answer.failures)
            raise CheckError([failure.reason for failure in answer.failures])
        return received(run, answer.inputs, declared)

    def _diff(self, run: Run, name: str, old: Resource, inputs: Properties) -> tuple[str, bool]:
        """What is to be done, and whether a replace deletes first."""
        answer = self._call(
            run, "Diff", name, id=old.id, olds=old.outputs, old_inputs=old.inputs, news=inputs
        )
        changes = answer.changes == answer.DIFF_SOME or (
            answer.changes == answer.DIFF_UNKNOWN and inputs != old.inputs
        )
        if answer.replaces or old.pending_replacement:
            order = "delete, create" if answer.deleteBeforeReplace else "create, delete"
            return f"{order}: {', '.join(sorted(answer.replaces))}", answer.deleteBeforeReplace
        return ("update" if changes else "same"), False

    def _create(self, run: Run, name: str, inputs: Properties) -> Resource:
        answer = self._call(run, "Create", name, properties=inputs)
        assert answer.id, "a create without an ID"
        outputs = received(run, answer.properties, inputs)
        return Resource(answer.id, inputs, outputs, retained=self._retains(name))

    def _retains(self, name: str) -> bool:
        declared = self._declared[name]
        return bool(declared.get("retain_on_delete") or declared.get(INHERITED_RETAIN))

    def _release(self, run: Run, name: str, old: Resource) -> None:
        """Delete what the state has; the option of the state counts, not that of the program."""
        if old.retained:
            return
        self._call(run, "Delete", name, id=old.id, properties=old.outputs)


class CheckError(ProviderError):
    """The inputs are wrong; the engine prints a line for each reason."""

    def __init__(self, reasons: list[str]) -> None:
        """Take the reasons."""
        Exception.__init__(self, "; ".join(reasons))
        assert all(reason.isprintable() for reason in reasons)


def plain(value: Any) -> Any:
    """The value without its secrecy."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return value


def received(run: Run, answer: Any, sent: Properties) -> Properties:
    """The properties of an answer; what has the name of a secret that was sent is one again."""
    properties = run.received(answer)
    _keep_secret(properties, sent)
    return properties


def _keep_secret(answered: Properties, sent: Properties) -> None:
    for key in answered.keys() & sent.keys():
        if isinstance(answered[key], dict) and isinstance(sent[key], dict):
            _keep_secret(answered[key], sent[key])
        elif isinstance(sent[key], Secret):
            answered[key] = Secret(answered[key])
