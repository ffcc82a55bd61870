"""Drives the provider through its gRPC interface, as the engine does, without the engine.

Where a case goes:

- ``test_promises``: promises 1 to 4, for one number: what is sent, and what is left afterwards.
  Parts of them with more to say have a file each: ``test_dropped_fields`` (no longer declared, and
  changed by somebody else), ``test_retained``, ``test_accounts``, ``test_ownership_key``.
- ``test_takeover``: a number that is registered already.
- ``test_release``: whatever leads to a DELETE, and what is put back with ``--replace`` and
  ``delete_before_replace``.
- ``test_interrupted``: killed runs, replaces that fail, lost responses. ``test_answers``: responses
  about another number. ``test_fault_matrix``: every fault in every operation.
- ``test_gone``: a 404, and whose account it comes from.
- ``test_messages``: how errors reach the engine.
- ``test_engine_paths``: calls that no plan foresees; the engine's side of them.

A case is a ``lifecycles.Lifecycles``: steps on a ``stack.Stack``, which models the engine. Below
that, ``program`` is what is declared, ``resource_calls`` the calls about one resource, ``front``
the provider's process.
"""

import pytest

pytest.register_assert_rewrite("tests.provider.lifecycles", "tests.provider.stack")
