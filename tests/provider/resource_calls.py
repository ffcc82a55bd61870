"""What the engine calls a provider about: one resource, as the program and the state have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2

from tests.provider.front import ProviderError, Run
from tests.provider.program import TYPE, Declared, Properties, keep_secret, plain


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
    depends_on: tuple[str, ...] = ()
    is_external: bool = False
    """It is only read (``ExternalDID.get``), and not deleted."""


@dataclass(frozen=True)
class ResourceCalls:
    """The calls of one run, without secrets: a dynamic provider does not accept any."""

    run: Run
    stack: str
    """Project and stack."""
    ownership_key: str | None

    def check(self, name: str, declared: Declared, old: Resource | None) -> Properties:
        """The inputs as the provider wants them."""
        news = dict(declared.inputs)
        # What the SDK finds out for the provider.
        if self.ownership_key:
            news["ownership"] = {"key": self.ownership_key, "owner": f"{self.stack}/{name}"}
        answer = self._call("Check", name, olds=old.inputs if old else {}, news=news)
        if answer.failures:
            # The engine prints the value of a property that a failure names.
            assert all(not failure.property for failure in answer.failures)
            raise CheckError([failure.reason for failure in answer.failures])
        return self._received(answer.inputs, news)

    def diff(self, name: str, old: Resource, inputs: Properties) -> tuple[str, list[str], bool]:
        """Whether there is an update; what replaces; whether the provider would delete first."""
        answer = self._call(
            "Diff", name, id=old.id, olds=old.outputs, old_inputs=old.inputs, news=inputs
        )
        changes = answer.changes == answer.DIFF_SOME or (
            answer.changes == answer.DIFF_UNKNOWN and inputs != old.inputs
        )
        kind = "update" if changes else "same"
        return kind, sorted(answer.replaces), answer.deleteBeforeReplace

    def create(self, name: str, declared: Declared, inputs: Properties) -> Resource:
        """The resource that the provider has made."""
        answer = self._call("Create", name, properties=inputs)
        assert answer.id, "a create without an ID"
        outputs = self._received(answer.properties, inputs)
        return Resource(
            answer.id,
            inputs,
            outputs,
            retained=declared.retained,
            depends_on=declared.depends_on,
        )

    def update(self, name: str, old: Resource, inputs: Properties) -> Properties:
        """The outputs after an update."""
        answer = self._call("Update", name, id=old.id, olds=old.outputs, news=inputs)
        return self._received(answer.properties, inputs)

    def get(self, name: str, declared: Declared) -> Resource:
        """A resource that the program only reads."""
        sent = declared.inputs
        answer = self._call("Read", name, id=declared.got, properties=sent, inputs=sent)
        outputs = self._received(answer.properties, sent)
        return Resource(answer.id, sent, outputs, depends_on=declared.depends_on, is_external=True)

    def refresh(self, name: str, old: Resource) -> tuple[str, Properties, Properties]:
        """The ID, empty for what is gone; inputs and outputs."""
        answer = self._call("Read", name, id=old.id, properties=old.outputs, inputs=old.inputs)
        if not answer.id:
            return "", {}, {}
        outputs = self._received(answer.properties, old.outputs)
        # Without inputs in the answer, those of the state stay.
        has_inputs = answer.HasField("inputs")
        inputs = self._received(answer.inputs, old.inputs) if has_inputs else old.inputs
        return answer.id, inputs, outputs

    def delete(self, name: str, old: Resource) -> None:
        """Delete what the state has; the option of the state counts, not that of the program."""
        if not old.retained and not old.is_external and not old.pending_replacement:
            self._call("Delete", name, id=old.id, properties=old.outputs)

    def _call(self, method: str, name: str, **fields: Any) -> Any:
        project, stack = self.stack.split("/")
        urn = f"urn:pulumi:{stack}::{project}::{TYPE}::{name}"
        request = getattr(provider_pb2, f"{method}Request")
        sent = {field: plain(value) for field, value in fields.items()}
        return self.run.call(method, request, urn=urn, name=name, type=TYPE, **sent)

    def _received(self, answer: Any, sent: Properties) -> Properties:
        """The properties; what has the name of a secret that was sent is one again."""
        properties = self.run.received(answer)
        keep_secret(properties, sent)
        return properties


class CheckError(ProviderError):
    """The inputs are wrong; the engine prints a line for each reason."""

    def __init__(self, reasons: list[str]) -> None:
        """Take the reasons."""
        Exception.__init__(self, "; ".join(reasons))
        assert all(reason.isprintable() for reason in reasons)
