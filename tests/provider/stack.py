"""A stack as the engine keeps it, and the engine's commands on it: what it does between the calls.

Modelled on the engine's own source (pkg/resource/deploy: step_generator.go, step.go,
deployment_executor.go; and provider_plugin.go for what is sent), and compared with its gRPC log.

- Of resources that do not depend on each other all are checked and diffed before one is changed:
  check with the old inputs, diff with the old outputs. With ``--replace`` there is no diff, and the
  check has no old inputs.
- On a replace check again without old inputs, then delete and create, or create and delete at the
  end. The option of the resource decides which; without it the provider does.
- What is no longer declared, and what replaces have left, is deleted at the end, and what others
  depend on after these.
- What a step that fails leaves in the state, and what ``--continue-on-error`` goes on to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from pulumi.runtime.proto import engine_pb2

from tests.provider.front import Front, ProviderError
from tests.provider.program import Declared, Properties, all_needed, in_layers
from tests.provider.resource_calls import Resource, ResourceCalls

Item = TypeVar("Item")


class Step(NamedTuple):
    """What is to be done with a resource that the program declares."""

    name: str
    kind: str
    """As ``Outcome.steps`` has it."""
    old: Resource | None
    inputs: Properties
    deletes_first: bool = False


class Condemned(NamedTuple):
    """What is deleted at the end of a run."""

    name: str
    resource: Resource


@dataclass(slots=True)
class Outcome:
    """What a command came to."""

    steps: dict[str, str] = field(default_factory=dict)
    """What it did, or a preview would do, with each resource: ``create``, ``same``, ``update``,
    ``delete``, ``delete, create: capabilities`` or ``create, delete: phonenumber``; ``read``, or
    ``read, delete`` where it was managed under another SID; after a refresh ``same``, ``changed``
    (an ``up`` would change it back) or ``gone``."""
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
        self._declared: dict[str, Declared] = {}
        self._to_delete: list[Condemned] = []
        """What a replace has superseded, but a failure kept from being deleted."""

    def declare(self, **numbers: Mapping[str, Any]) -> None:
        """Declare these numbers, by resource name, and no others."""
        self._declared = {name: Declared.of(number) for name, number in numbers.items()}

    def preview(self, *, replaces: Collection[str] = ()) -> Outcome:
        """``pulumi preview``, with ``--replace``."""
        return self._command(lambda calls, outcome: self._preview(calls, outcome, replaces))

    def up(
        self,
        *,
        continue_on_error: bool = False,
        refresh: bool = False,
        replaces: Collection[str] = (),
        in_turn: bool = False,
    ) -> Outcome:
        """``pulumi up``, with ``--continue-on-error``, ``--refresh`` and ``--replace``.

        ``in_turn``: a resource is changed before the next one is checked. Which of the two happens
        is chance, unless one depends on the other.
        """

        def up(calls: ResourceCalls, outcome: Outcome) -> None:
            if refresh:
                self._refresh(calls, outcome)
            if outcome.ok:
                layers = in_layers({name: each.depends_on for name, each in self._declared.items()})
                if in_turn:
                    layers = [[name] for names in layers for name in names]
                self._update(calls, outcome, layers, replaces, continue_on_error=continue_on_error)

        return self._command(up)

    def refresh(self) -> Outcome:
        """``pulumi refresh``."""
        return self._command(self._refresh)

    def destroy(self) -> Outcome:
        """``pulumi destroy``: the program is not run."""
        return self._command(lambda calls, outcome: self._delete(calls, outcome, self.resources))

    def settled(self) -> bool:
        """Whether neither a preview nor a refresh shows a change, nor a preview after it."""
        return not self._to_delete and all(
            outcome.ok and not outcome.warnings and set(outcome.steps.values()) <= {"same", "read"}
            for outcome in (self.preview(), self.refresh(), self.preview())
        )

    def snapshot(self) -> Callable[[], None]:
        """Remember the state; what is returned brings it back, as if the runs since were killed."""
        resources, to_delete = dict(self.resources), [*self._to_delete]

        def forget() -> None:
            self.resources, self._to_delete = dict(resources), [*to_delete]

        return forget

    def _command(self, work: Callable[[ResourceCalls, Outcome], None]) -> Outcome:
        begin, outcome = len(self.front.log.lines), Outcome()
        run = self.front.open_run(self.settings)
        work(ResourceCalls(run, self.name, self.settings.get("ownershipKey")), outcome)
        for resource in self.resources.values():
            # The engine refuses to write such a state.
            assert self.resources.keys() >= set(resource.depends_on), "a dependency is missing"
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
    ) -> list[Item]:
        """Work on each of them; nothing begins any more once something has failed.

        Returns:
            Those that failed.
        """
        failed = []

        def one(item: Item) -> None:
            if outcome.errors and not continue_on_error:
                return
            try:
                work(item)
            except ProviderError as error:
                outcome.errors.append(str(error))
                failed.append(item)

        with ThreadPoolExecutor(self.parallel) as pool:
            list(pool.map(one, items))
        return failed

    def _preview(self, calls: ResourceCalls, outcome: Outcome, replaces: Collection[str]) -> None:
        def preview(name: str) -> None:
            outcome.steps[name] = self._step(calls, name, replaces).kind
            if self._declared[name].got is not None:
                calls.get(name, self._declared[name])

        self._each(self._declared, preview, outcome)
        outcome.steps |= dict.fromkeys(self.resources.keys() - self._declared.keys(), "delete")

    def _update(
        self,
        calls: ResourceCalls,
        outcome: Outcome,
        layers: Iterable[Collection[str]],
        replaces: Collection[str],
        *,
        continue_on_error: bool,
    ) -> None:
        failed: set[str] = set()
        declared = self._declared
        for names in layers:
            if outcome.errors and not continue_on_error:
                return
            # What depends on a failure is left as it is.
            failed |= {name for name in names if failed & set(declared[name].depends_on)}
            try:
                steps = [self._step(calls, name, replaces) for name in names if name not in failed]
            except ProviderError as error:
                # That ends the run, with --continue-on-error as well.
                outcome.errors.append(str(error))
                return
            failed |= {
                step.name
                for step in self._each(
                    steps,
                    lambda step: self._take(calls, outcome, step),
                    outcome,
                    continue_on_error=continue_on_error,
                )
            }
        if outcome.ok or continue_on_error:
            self._delete(calls, outcome, self.resources.keys() - declared.keys(), failed)

    def _step(self, calls: ResourceCalls, name: str, replaces: Collection[str]) -> Step:
        """What an ``up`` does with a resource that the program declares."""
        old, declared = self.resources.get(name), self._declared[name]
        if declared.got is not None:
            is_replaced = old is not None and not old.is_external and old.id != declared.got
            return Step(name, "read, delete" if is_replaced else "read", old, {})
        if old is None or old.is_external:
            return Step(name, "create", None, calls.check(name, declared, None))
        replaced, deletes_first = ["id"], False
        if name not in replaces:
            inputs = calls.check(name, declared, old)
            kind, replaced, deletes_first = calls.diff(name, old, inputs)
            if not replaced and not old.pending_replacement:
                return Step(name, kind, old, inputs)
        inputs = calls.check(name, declared, None)
        if declared.delete_first is not None:
            deletes_first = declared.delete_first
        order = "delete, create" if deletes_first else "create, delete"
        return Step(name, f"{order}: {', '.join(replaced)}", old, inputs, deletes_first)

    def _take(self, calls: ResourceCalls, outcome: Outcome, step: Step) -> None:
        """Bring about what the program declares."""
        name, kind, old, inputs, deletes_first = step
        declared = self._declared[name]
        if declared.got is not None:
            self.resources[name] = calls.get(name, declared)
        elif old is None:
            self.resources[name] = calls.create(name, declared, inputs)
        elif ":" in kind:
            if deletes_first and not old.pending_replacement:
                calls.delete(name, old)
                self.resources[name] = replace(old, pending_replacement=True)
            self.resources[name] = calls.create(name, declared, inputs)
        else:
            # A step that changes nothing still writes the inputs and the options.
            self.resources[name] = replace(
                old,
                inputs=inputs,
                outputs=calls.update(name, old, inputs) if kind == "update" else old.outputs,
                retained=declared.retained,
                depends_on=declared.depends_on,
            )
        is_left = kind == "read, delete" or (":" in kind and not deletes_first)
        if old is not None and is_left:
            # Older engines delete once more what a replace that was cut off had deleted.
            self._to_delete.append(Condemned(name, replace(old, pending_replacement=False)))
        outcome.steps[name] = kind

    def _delete(
        self,
        calls: ResourceCalls,
        outcome: Outcome,
        names: Iterable[str],
        failed: Collection[str] = (),
    ) -> None:
        """Delete what replaces have left, and these resources.

        Args:
            failed: What these depended on stays, as does what a failed delete depends on.
        """

        def delete(each: Condemned) -> None:
            calls.delete(*each)
            if each in self._to_delete:
                self._to_delete.remove(each)
            else:
                del self.resources[each.name]
                outcome.steps[each.name] = "delete"

        condemned = [
            *self._to_delete,
            *(Condemned(name, self.resources[name]) for name in sorted(names, reverse=True)),
        ]
        was = {name: resource.depends_on for name, resource in self.resources.items()}
        kept = set().union(*(all_needed(name, was) for name in failed))
        for layer in reversed(in_layers({name: was.get(name, ()) for name, _ in condemned})):
            due = [each for each in condemned if each.name in layer and each.name not in kept]
            for name, _ in self._each(due, delete, outcome):
                kept |= all_needed(name, was)

    def _refresh(self, calls: ResourceCalls, outcome: Outcome) -> None:
        def refresh_superseded(each: Condemned) -> None:
            self._to_delete.remove(each)
            id_, inputs, outputs = calls.refresh(*each)
            if id_:
                new = replace(each.resource, id=id_, inputs=inputs, outputs=outputs)
                self._to_delete.append(Condemned(each.name, new))
                calls.diff(each.name, new, each.resource.inputs)

        def refresh(name: str) -> None:
            old = self.resources[name]
            if old.pending_replacement:
                return
            id_, inputs, outputs = calls.refresh(name, old)
            if not id_:
                del self.resources[name]
                for other, each in self.resources.items():
                    left = tuple(needed for needed in each.depends_on if needed != name)
                    self.resources[other] = replace(each, depends_on=left)
                outcome.steps[name] = "gone"
                return
            new = self.resources[name] = replace(old, id=id_, inputs=inputs, outputs=outputs)
            if new.is_external:
                way_back = "same" if outputs == old.outputs else "update"
            else:
                # Whether an up of the program as it was would change anything now.
                kind, replaced, _ = calls.diff(name, new, old.inputs)
                way_back = "replace" if replaced else kind
            outcome.steps[name] = "same" if way_back == "same" else "changed"

        self._each([*self._to_delete], refresh_superseded, outcome)
        self._each([*self.resources], refresh, outcome)
