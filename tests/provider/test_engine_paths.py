"""Calls of the engine that no plan foresees, as the model of the engine makes them.

Options, flags of ``up``, resources that are only read, deletes of earlier runs, and dependencies.
"""

from __future__ import annotations

import pytest
from pulumi.runtime.proto import provider_pb2

from tests.provider.lifecycles import (
    BASE,
    NAMED,
    NUMBER,
    OTHER_NUMBER,
    Destroy,
    Lifecycles,
    Preview,
    Refresh,
    Up,
    World,
    live_through,
    refused,
)
from tests.provider.program import DEPENDS_ON, GET, INHERITED_DELETE_FIRST

ANOTHER = {**BASE, "phonenumber": OTHER_NUMBER}
DELETED_FIRST = {INHERITED_DELETE_FIRST: True}
THIRD_NUMBER = "+46700987657"
FORBIDDEN = [refused("DELETE", 403)]

PATHS: Lifecycles = {
    "--replace replaces what is unchanged, without a diff": (
        Up({**BASE, **DELETED_FIRST}),
        Preview({**BASE, **DELETED_FIRST}, replaces=["support"], step="delete, create: id"),
        Up(
            {**BASE, **DELETED_FIRST},
            replaces=["support"],
            step="delete, create: id",
            warning="was replaced without a warning in the preview",
            keeps_sid=False,
        ),
    ),
    "the option deletes first where the plan would create first": (
        Up(BASE),
        Up(
            {**ANOTHER, **DELETED_FIRST},
            step="delete, create: phonenumber",
            registered=[OTHER_NUMBER],
        ),
    ),
    "the option creates first where the plan would delete first, and the registration is refused": (
        Up(BASE),
        Up(
            {**BASE, "capabilities": 1, INHERITED_DELETE_FIRST: False},
            error="delete_before_replace=False",
            keeps_sid=True,
        ),
    ),
    "a number that is only read from now on is not deleted, nor in a destroy": (
        Up(BASE),
        Preview({GET: "{first}"}, step="read", calls=["GET SID"]),
        Up({GET: "{first}"}, step="read", calls=["GET SID"]),
        Refresh(step="same"),
        Destroy(calls=[], registered=[NUMBER]),
    ),
    "one that is read in place of a managed one is read first, and the managed one deleted": (
        Up(BASE, beside={"other": ANOTHER}),
        Preview(
            BASE,
            beside={"other": {GET: "{first}"}},
            step={"support": "same", "other": "read, delete"},
            calls=["GET SID"],
        ),
        Up(
            BASE,
            beside={"other": {GET: "{first}"}},
            step={"support": "same", "other": "read, delete"},
            warning="was released, because its resource was removed from the program or has become",
            registered=[NUMBER],
        ),
    ),
    "what a replace has left is deleted at the end of a later run": (
        Up(BASE),
        Up(ANOTHER, faults=FORBIDDEN, error="(403)", registered=[NUMBER, OTHER_NUMBER]),
        Preview(ANOTHER, step="same"),
        Up(ANOTHER, step="same", refresh=True, registered=[OTHER_NUMBER]),
    ),
    "what replaces have left is deleted in a destroy": (
        Up(BASE),
        Up(ANOTHER, faults=FORBIDDEN, error="(403)"),
        Up(
            {**BASE, "phonenumber": THIRD_NUMBER},
            faults=FORBIDDEN,
            error=("(403)", "(403)"),
            registered=[NUMBER, OTHER_NUMBER, THIRD_NUMBER],
        ),
        Destroy(registered=[]),
    ),
    "a failed up deletes nothing, and --continue-on-error goes on to the deletes": (
        Up(BASE, beside={"other": ANOTHER}),
        Up(
            {**BASE, "phonenumber": THIRD_NUMBER},
            name="new",
            beside={"support": BASE},
            faults=[refused("POST", 422)],
            error="(422)",
            registered=[NUMBER, OTHER_NUMBER],
        ),
        Up(
            {**BASE, "phonenumber": THIRD_NUMBER},
            name="new",
            beside={"support": BASE},
            faults=[refused("POST", 422)],
            continue_on_error=True,
            error="(422)",
            registered=[NUMBER],
        ),
    ),
    "what depends on a failure is left alone, and so is what it depended on": (
        Up(ANOTHER, name="first", beside={"support": {**BASE, DEPENDS_ON: ["first"]}}),
        Up(
            {**BASE, "phonenumber": THIRD_NUMBER},
            name="new",
            beside={"support": {**BASE, "name": "changed", DEPENDS_ON: ["new"]}},
            faults=[refused("POST", 422)],
            error="(422)",
        ),
        Up(
            {**BASE, "name": "changed"},
            faults=[refused("PATCH", 422)],
            continue_on_error=True,
            error="(422)",
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "a diff that fails ends the run, also with --continue-on-error": (
        Up(BASE, beside={"other": ANOTHER}),
        Up(
            {**BASE, "account": "nobody"},
            continue_on_error=True,
            error='no account "nobody"',
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
}


@pytest.mark.parametrize("case", PATHS)
def test_the_engine_s_other_paths_are_modelled(case: str, world: World) -> None:
    """Each kind of path once; what the provider makes of them is tested elsewhere."""
    live_through(world, PATHS[case])


def test_what_others_depend_on_is_deleted_after_them(world: World) -> None:
    """Also if a delete fails: what it depends on stays."""
    stack = world.stack
    stack.declare(a=BASE, z={**ANOTHER, DEPENDS_ON: ["a"]})
    assert stack.up().ok
    world.fail(refused("DELETE", 403))
    assert len(stack.destroy().errors) == 1
    assert [*stack.resources] == ["a", "z"]
    world.simulator.clear_faults()
    assert [*stack.destroy().steps] == ["z", "a"]


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
