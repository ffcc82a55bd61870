"""Promise 5: nothing lost, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.account import Account

NUMBER = "+46700987654"
BASE = {"phonenumber": NUMBER, "capabilities": 3}


def test_state_and_account_agree_through_a_life(stack: Stack, account: Account) -> None:
    """After creates, a replace, a release and a failed run, each number is there exactly once."""
    others = {
        f"n{count}": {"phonenumber": f"+467009876{count:02}", "capabilities": 3}
        for count in range(6)
    }

    def agree() -> bool:
        registered = {n: did["external_did_sid"] for n, did in account.numbers().items()}
        stated = {r["outputs"]["phonenumber"]: r["id"] for r in stack.resources().values()}
        return registered == stated

    stack.declare(**others)
    assert stack.up().ok
    assert agree()
    changed = dict(others)
    changed["n0"] = {**others["n0"], "capabilities": 1}
    changed["n1"] = {**others["n1"], "phonenumber": "+46700987699"}
    del changed["n2"]
    stack.declare(**changed)
    assert stack.up().ok
    assert agree()
    # One of two creates is refused: the other stands, and the state knows exactly that.
    somebody_elses = account.register(phonenumber="+46700987698", capabilities=3)
    stack.declare(**changed, taken={**BASE, "phonenumber": "+46700987698"}, free=BASE)
    assert not stack.up().ok
    account.release("+46700987698")
    assert somebody_elses not in {r["id"] for r in stack.resources().values()}
    assert agree()
    assert stack.up().ok
    assert agree()
    assert len(account.numbers()) == 7
    assert stack.destroy("--run-program").ok
    assert account.numbers() == {}


def test_another_stack_of_the_same_program_releases_nothing(
    stack: Stack, account: Account, tmp_path: Path
) -> None:
    """Two stacks state the same number: the second gets the error, the first keeps the number."""
    stack.declare(support=BASE)
    assert stack.up().ok
    sid = account.sid(NUMBER)
    other = Stack(tmp_path / "other", dict(stack.environment), stack="staging")
    other.environment["PULUMI_BACKEND_URL"] = stack.environment["PULUMI_BACKEND_URL"]
    other.run("stack", "select", "--create", "staging")
    other.declare(support=BASE)

    assert not other.up().ok
    assert other.destroy().ok

    assert account.sid(NUMBER) == sid
    stack.assert_settled()
