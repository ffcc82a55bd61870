"""Pulumi's own means to test a program, in place of the engine."""

from typing import Any

import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks


class MockedEngine(Mocks):
    """Registers every resource with an ID after its name, and keeps its inputs."""

    def __init__(self) -> None:
        self.registered: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Register it."""
        self.registered[args.name] = args.inputs
        return f"{args.name}-sid", args.inputs

    def call(self, args: MockCallArgs) -> Any:
        """Fail: no program here calls anything."""
        pytest.fail(f"{args.token} was called")
