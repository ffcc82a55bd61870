"""The script that writes a report to a pull request, against a code host over real HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forge import BOT, PULL_REQUEST, REPOSITORY, TOKEN, Forge, running_forge

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "ci" / "report_comment.py"
MARKER = "<!-- pulumi-carrierx report: numbers/staging -->"
REPORT = f"**No change**\n\n{MARKER}\n"


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A pull request without a comment."""
    with running_forge() as forge:
        yield forge


def put(forge: Forge, folder: Path, report: str, **environment: str) -> tuple[int, str]:
    """Run the script on a report; its exit code, and what it printed."""
    file = folder / "report.md"
    file.write_text(report, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(file)],
        env={
            **{name: value for name, value in os.environ.items() if name != "GITLAB_CI"},
            "GITHUB_API_URL": forge.api,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": TOKEN,
            "PULL_REQUEST": str(PULL_REQUEST),
            "NO_PROXY": "127.0.0.1",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert TOKEN not in done.stdout
    return done.returncode, done.stdout


def test_each_stack_has_one_comment_of_its_own(forge: Forge, tmp_path: Path) -> None:
    """A second report of a stack replaces its first, wherever the marker is in it."""
    other = REPORT.replace("/staging", "/production")
    assert put(forge, tmp_path, REPORT) == (0, "The comment was written.\n")
    assert put(forge, tmp_path, other) == (0, "The comment was written.\n")
    changed = f"{MARKER}\n**1 number changes** å"
    assert put(forge, tmp_path, changed) == (0, "The comment was updated.\n")
    assert forge.comments == [(BOT, changed), (BOT, other)]


def test_the_marker_in_somebody_elses_comment_does_not_count(forge: Forge, tmp_path: Path) -> None:
    """Its author could change the report afterwards."""
    theirs = ("mallory", REPORT)
    forge.comments = [theirs]
    assert put(forge, tmp_path, REPORT) == (0, "The comment was written.\n")
    assert put(forge, tmp_path, REPORT) == (0, "The comment was updated.\n")
    assert forge.comments == [theirs, (BOT, REPORT)]


@pytest.mark.parametrize("before", [98, 99, 100, 101, 199, 200])
def test_a_comment_is_found_on_any_page(forge: Forge, tmp_path: Path, before: int) -> None:
    """A forge lists a hundred at a time."""
    forge.comments = [("reviewer", "a comment")] * before
    put(forge, tmp_path, REPORT)
    assert put(forge, tmp_path, REPORT) == (0, "The comment was updated.\n")
    assert len(forge.comments) == before + 1


def test_a_refused_call_is_one_line(forge: Forge, tmp_path: Path) -> None:
    """It says which call, and what the job needs; the job fails."""
    forge.refuses = True
    comments = f"{forge.api}/repos/{REPOSITORY}/issues/{PULL_REQUEST}/comments"
    assert put(forge, tmp_path, REPORT) == (
        1,
        f"error: cannot write the comment: GitHub refused POST {comments}: 403 Forbidden. "
        "Give the job `permissions: pull-requests: write`\n",
    )
    gitlab = {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": forge.api,
        "CI_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_IID": str(PULL_REQUEST),
        "REPORT_TOKEN": "another",
    }
    assert put(forge, tmp_path, REPORT, **gitlab) == (
        1,
        f"error: cannot write the comment: GitLab refused GET {forge.api}/user: 401 "
        "Unauthorized. REPORT_TOKEN must be a project access token with the scope `api`\n",
    )


def test_every_other_error_is_one_line(forge: Forge, tmp_path: Path) -> None:
    """No marker, no token, no answer, no report."""
    assert put(forge, tmp_path, "no report") == (
        1,
        "error: cannot write the comment: the report has no marker: write it with "
        "`pulumi-carrierx report`\n",
    )
    assert put(forge, tmp_path, REPORT, GITHUB_TOKEN="") == (
        1,
        "error: cannot write the comment: GITHUB_TOKEN is not set\n",
    )
    code, found = put(forge, tmp_path, REPORT, GITHUB_API_URL="http://127.0.0.1:9")
    assert code == 1
    assert found.startswith(
        "error: cannot write the comment: cannot reach GitHub at http://127.0.0.1:9/"
    )
    gone = subprocess.run(
        [sys.executable, str(SCRIPT), "report.md"],
        cwd=tmp_path.parent,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert gone.returncode == 1
    assert gone.stderr == "error: cannot read the report report.md: No such file or directory\n"
