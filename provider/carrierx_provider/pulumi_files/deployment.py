"""A stack's state, as ``pulumi stack export`` prints it. Pure.

A model keeps every property that it does not name, and writes it back as it was: a state must not
lose a field, whatever version of the engine wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from carrierx_provider.pulumi_files.urn import EXTERNAL_DID_TYPES, URN


class StackError(Exception):
    """The stack or its state cannot be read; one line, without any value of the state."""


class _Document(BaseModel):
    """What is absent, and what is null, stay so."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def as_json(self) -> dict[str, Any]:
        """The document as the engine reads it."""
        return self.model_dump(exclude_unset=True)


class Resource(_Document):
    """One resource of a state (``apitype.ResourceV3``), its fields named as they are there.

    An alias could collide with a property that the engine adds one day.
    """

    urn: str
    type: str
    id: str | None = None
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None
    delete: bool | None = None
    """Whether it is only left to be deleted, as after the first half of a replace. The resource
    that replaces it has the same URN."""
    pendingReplacement: bool | None = None  # noqa: N815
    """Whether a replace has deleted it, and has not yet created it again."""
    external: bool | None = None
    """Whether it is only read (``ExternalDID.get``)."""
    parent: str | None = None
    dependencies: list[str] | None = None
    propertyDependencies: dict[str, list[str] | None] | None = None  # noqa: N815
    deletedWith: str | None = None  # noqa: N815
    replaceWith: list[str] | None = None  # noqa: N815

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return URN.parse(self.urn).name

    @property
    def entry(self) -> tuple[str, str | None, bool]:
        """Which entry of the state it is: several may have one URN."""
        return self.urn, self.id, self.delete is True

    @property
    def needs(self) -> frozenset[str]:
        """The URNs of the resources that it depends on."""
        by_property = (self.propertyDependencies or {}).values()
        return frozenset(
            {
                *(self.dependencies or ()),
                *(urn for urns in by_property for urn in urns or ()),
                *(self.replaceWith or ()),
                *(urn for urn in (self.parent, self.deletedWith) if urn),
            }
        )

    def text(self, name: str) -> str:
        """An output; empty where it is no text, such as a secret, which is an object here."""
        value = (self.outputs or {}).get(name)
        return value if isinstance(value, str) else ""


class Operation(_Document):
    """An operation that an interrupted run left open, or one that is under way."""

    type: str
    resource: Resource


class Deployment(_Document):
    """What a state has."""

    resources: list[Resource] | None = None
    pending_operations: list[Operation] | None = None

    @property
    def external_dids(self) -> tuple[Resource, ...]:
        """The numbers among its resources, wherever they are declared in the program."""
        return tuple(one for one in self.resources or () if one.type in EXTERNAL_DID_TYPES)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The pending operations."""
        return tuple(self.pending_operations or ())

    @property
    def names_being_created(self) -> frozenset[str]:
        """The numbers whose create has not ended, by their name in the program."""
        return frozenset(
            operation.resource.name
            for operation in self.operations
            if operation.type == "creating" and operation.resource.type in EXTERNAL_DID_TYPES
        )

    @property
    def names_being_replaced(self) -> frozenset[str]:
        """The numbers that a replace has released and not yet registered again, by their name."""
        return frozenset(one.name for one in self.external_dids if one.pendingReplacement)

    def ids(self, *, only_managed: bool = False) -> Iterator[str]:
        """The IDs of all resources, or without those that the stack only reads.

        An interrupted delete or update has its resource in the pending operation: it is the
        stack's own until that operation ends.
        """
        for one in (
            *(self.resources or ()),
            *(operation.resource for operation in self.operations),
        ):
            if one.id and not (only_managed and one.external):
                yield one.id

    def with_resources(self, resources: Iterable[Resource]) -> Deployment:
        """The deployment with these resources in place of its own."""
        return self.model_copy(update={"resources": list(resources)})

    def has_the_content_of(self, other: Deployment) -> bool:
        """Whether both are equal but for the manifest, whose time of writing may be made up."""
        ours, theirs = (
            one.model_dump(exclude_unset=True, exclude={"manifest"}) for one in (self, other)
        )
        return ours == theirs


class StackExport(_Document):
    """The document around a deployment, with its format's version."""

    deployment: Deployment | None = None
    _text: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``pulumi stack export`` printed."""
        try:
            export = cls.model_validate(json.loads(text))
        except ValidationError as error:
            first = error.errors()[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        except ValueError:
            reason = "it is not JSON"
        else:
            export._text = text  # noqa: SLF001 -- of this class
            return export
        raise StackError(f"cannot read the state that `pulumi stack export` printed: {reason}")

    @property
    def text(self) -> str:
        """The document as it was read, to the character."""
        return self._text

    def with_deployment(self, deployment: Deployment) -> str:
        """The document with another deployment, as ``pulumi stack import`` reads it."""
        return json.dumps(self.model_copy(update={"deployment": deployment}).as_json())
