"""Drives the provider through its gRPC interface, as the engine does, without the engine."""

import pytest

pytest.register_assert_rewrite("tests.provider.lifecycles", "tests.provider.stack")
