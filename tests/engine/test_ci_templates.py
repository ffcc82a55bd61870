"""The templates of examples/ci: each step runs, with the real engine, a simulator and a forge."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrierx_simulator import SAMPLE_TOKEN
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.ci_template import job_of, read, run_github, run_gitlab
from tests.engine.console_command import with_stand_in
from tests.engine.stack import Stack
from tests.forge import BOT, PULL_REQUEST, REPOSITORY, TOKEN, Forge, running_forge

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
GITHUB = EXAMPLES / "ci" / "github-actions"
GITLAB = EXAMPLES / "ci" / "gitlab" / ".gitlab-ci.yml"
WORKFLOWS = sorted(GITHUB.glob("*.yml"))
SECRETS = ("CARRIERX_TOKEN", "PGPASSWORD", "PULUMI_CONFIG_PASSPHRASE")

STAGING = "staging"
SUPPORT = {"phonenumber": "+46700987654", "capabilities": 3, "name": "Support"}


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A pull request without a comment."""
    with running_forge() as forge:
        yield forge


@pytest.fixture
def checkout(stack: Stack) -> Stack:
    """What the repository holds: a project with two stacks, its requirements and the script."""
    (stack.folder / "ci").mkdir()
    shutil.copy(EXAMPLES / "ci" / "report_comment.py", stack.folder / "ci")
    shutil.copy(EXAMPLES / "team" / "requirements.txt", stack.folder)
    assert stack.run("stack", "init", STAGING).ok
    return stack


def runner_of(checkout: Stack, forge: Forge) -> dict[str, str]:
    """The environment that the forge gives to a step: none of the secrets is in it."""
    secret = {*SECRETS, "PULUMI_BACKEND_URL"}
    environment = with_stand_in(checkout.environment)
    own = {name: value for name, value in environment.items() if name not in secret}
    return {
        **own,
        "GITHUB_API_URL": forge.api,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_STEP_SUMMARY": str(checkout.folder / "summary.md"),
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def values_of(checkout: Stack) -> dict[str, str]:
    """What the expressions of the workflows come to."""
    return {
        "matrix.stack": STAGING,
        "secrets.CARRIERX_TOKEN": SAMPLE_TOKEN,
        "secrets.PGPASSWORD": "of a backend that has one",
        "secrets.PULUMI_CONFIG_PASSPHRASE": checkout.environment["PULUMI_CONFIG_PASSPHRASE"],
        "vars.PULUMI_BACKEND_URL": checkout.environment["PULUMI_BACKEND_URL"],
        "github.token": TOKEN,
        "github.event.pull_request.number": str(PULL_REQUEST),
    }


def ours(forge: Forge) -> list[str]:
    """The bodies of the bot's comments."""
    return [body for author, body in forge.comments if author == BOT]


def test_github_from_a_pull_request_to_a_night(
    checkout: Stack, account: Account, forge: Forge
) -> None:
    """A comment; then up; then a night without a drift, and one with."""
    preview, up, drift = (
        read(GITHUB / f"numbers-{name}.yml") for name in ("preview", "up", "drift")
    )
    surroundings = (checkout.folder, runner_of(checkout, forge), values_of(checkout))

    checkout.declare(support=SUPPORT)
    ran = run_github(preview, *surroundings)
    assert ran.failed is None, ran.output
    (comment,) = ours(forge)
    assert "<!-- pulumi-carrierx report: trial/staging -->" in comment
    assert "1 number will be registered" in comment
    assert forge.calls == ["GET list", "POST create"]
    assert account.calls() == []

    ran = run_github(up, *surroundings)
    assert ran.failed is None, ran.output
    assert list(account.numbers()) == [SUPPORT["phonenumber"]]

    summary = checkout.folder / "summary.md"
    ran = run_github(drift, *surroundings)
    assert ran.failed is None, ran.output
    assert "No change" in summary.read_text()

    account.change("+46700987654", name="Changed by hand")
    summary.unlink()
    ran = run_github(drift, *surroundings)
    assert ran.failed == "Report"
    assert "Changed by hand" in summary.read_text()
    assert SAMPLE_TOKEN not in ran.output + summary.read_text() + "".join(ours(forge))


def test_github_a_program_that_fails_is_told_and_fails_the_job(
    checkout: Stack, forge: Forge
) -> None:
    """The comment says that there is no preview, and the pull request cannot be merged by it."""
    checkout.declare(support={**SUPPORT, "capabilities": 4})
    preview = read(GITHUB / "numbers-preview.yml")
    ran = run_github(preview, checkout.folder, runner_of(checkout, forge), values_of(checkout))
    assert ran.failed == "Judge"
    (comment,) = ours(forge)
    assert comment.startswith("**The preview failed")


def test_gitlab_from_a_merge_request_to_a_night(
    checkout: Stack, account: Account, forge: Forge
) -> None:
    """The same jobs, in GitLab's words."""
    template = read(GITLAB)
    variables = {
        **runner_of(checkout, forge),
        **{name: values_of(checkout)[f"secrets.{name}"] for name in SECRETS},
        "PULUMI_BACKEND_URL": checkout.environment["PULUMI_BACKEND_URL"],
        "STACK": STAGING,
        "GITLAB_CI": "true",
        "CI_API_V4_URL": forge.api,
        "CI_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_IID": str(PULL_REQUEST),
        "REPORT_TOKEN": TOKEN,
    }
    checkout.declare(support=SUPPORT)
    ran = run_gitlab(template, "numbers-preview", checkout.folder, variables)
    assert ran.failed is None, ran.output
    assert forge.calls == ["GET user", "GET list", "POST create"]

    ran = run_gitlab(template, "numbers-up", checkout.folder, variables)
    assert ran.failed is None, ran.output
    checkout.declare()
    ran = run_gitlab(template, "numbers-preview", checkout.folder, variables)
    assert ran.failed is None, ran.output
    assert forge.calls[3:] == ["GET user", "GET list", "PUT update"]
    (comment,) = ours(forge)
    assert "1 number will be released" in comment

    checkout.declare(support=SUPPORT)
    account.change("+46700987654", name="Changed by hand")
    ran = run_gitlab(template, "numbers-drift", checkout.folder, variables)
    assert ran.failed == "numbers-drift"
    assert "Changed by hand" in (checkout.folder / "report.md").read_text()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_github_gives_as_little_as_it_can(workflow: Path) -> None:
    """The secrets are where they are used, and a stranger gets none.

    Its actions are pinned: ``tests/unit/test_pinned_actions.py``.
    """
    text = workflow.read_text()
    template = read(workflow)
    job = job_of(template)
    assert template["permissions"] == {}
    # True is how YAML 1.1 reads "on".
    is_of_pull_requests = template[True] == "pull_request"  # type: ignore[index]
    expected = {"contents": "read"}
    if is_of_pull_requests:
        expected |= {"pull-requests": "write"}
        own = "github.event.pull_request.head.repo.full_name == github.repository"
        assert job["if"] == own
    assert job["permissions"] == expected
    assert job["steps"][0]["with"] == {"persist-credentials": False}

    with_secrets = [step["name"] for step in job["steps"] if "secrets." in str(step)]
    with_token = [step["name"] for step in job["steps"] if "github.token" in str(step)]
    assert with_secrets == ["Up" if workflow.stem == "numbers-up" else "Report"]
    assert with_token == (["Comment"] if is_of_pull_requests else [])
    assert text.count("${{ secrets.") == len(SECRETS)


def test_runs_on_one_stack_follow_one_another() -> None:
    """Of the two that touch a stack's lock, one waits for the other and none is cancelled."""
    for name in ("up", "drift"):
        job = job_of(read(GITHUB / f"numbers-{name}.yml"))
        assert job["concurrency"] == {
            "group": "numbers-${{ matrix.stack }}",
            "cancel-in-progress": False,
        }
        assert read(GITLAB)[f"numbers-{name}"]["resource_group"] == "numbers-$STACK"
