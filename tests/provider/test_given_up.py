"""A managed number whose resource becomes ``ExternalDID.get`` of another SID.

The engine reads the other number, and deletes the one that the state has at the end of the ``up``.
It asks nothing before: neither a check nor a diff, and nothing in the preview.
"""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2

from tests.provider.lifecycles import BASE, NUMBER, OTHER_NUMBER, World

NAMED = {**BASE, "name": "support"}


def warnings_of_a_delete(world: World, *, reads: str | None, checks: bool = False) -> list[str]:
    """What is said when a run deletes the number of the state, after these other operations."""
    (old,) = world.stack.resources.values()
    said = world.stack.front.log.lines
    begin = len(said)
    run = world.stack.front.open_run(world.stack.settings)
    if reads is not None:
        run.call("Read", provider_pb2.ReadRequest, id=reads, properties={})
    if checks:
        run.call("Check", provider_pb2.CheckRequest, olds=old.inputs, news=NAMED)
    run.call("Delete", provider_pb2.DeleteRequest, id=old.id, properties=old.outputs)
    return [line for _, line in said[begin:]]


def test_a_number_that_its_resource_gives_up_is_warned_of(world: World) -> None:
    """It is released like one that is removed, and the preview could not say so."""
    sid = world.account.register(phonenumber=OTHER_NUMBER, capabilities=3)
    world.stack.declare(support=NAMED)
    assert world.stack.up().ok
    released = world.stack.resources["support"].id
    assert warnings_of_a_delete(world, reads=sid) == [
        f"{NUMBER} (support): SID {released} was released, because its resource was removed from "
        "the program or has become ExternalDID.get of another SID."
    ]
    assert list(world.account.numbers()) == [OTHER_NUMBER]
    # Now it is gone: nothing says that it was released.
    (line,) = warnings_of_a_delete(world, reads=sid)
    assert "was already gone" in line


def test_other_releases_are_as_quiet_as_before(world: World) -> None:
    """That of a removed resource, and that of a replace, which the preview has shown."""
    sid = world.account.register(phonenumber=OTHER_NUMBER, capabilities=3)
    for reads, checks in ((None, False), (sid, True)):
        world.stack.declare(support=NAMED)
        world.stack.resources.clear()
        assert world.stack.up().ok
        assert warnings_of_a_delete(world, reads=reads, checks=checks) == []
        assert list(world.account.numbers()) == [OTHER_NUMBER]
