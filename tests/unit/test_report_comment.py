"""The script that puts a report under a pull request, against a code host over real HTTP."""

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
    """A second report of a stack takes the place of its first, wherever the marker stands in it."""
    other = REPORT.replace("/staging", "/production")
    assert put(forge, tmp_path, REPORT) == (0, "The comment is written.\n")
    assert put(forge, tmp_path, other) == (0, "The comment is written.\n")
    changed = f"{MARKER}\n**1 number changes** å"
    assert put(forge, tmp_path, changed) == (0, "The comment is updated.\n")
    assert forge.comments == [(BOT, changed), (BOT, other)]


def test_the_marker_in_somebody_elses_comment_counts_for_nothing(
    forge: Forge, tmp_path: Path
) -> None:
    """Whoever wrote it could change the report afterwards."""
    theirs = ("mallory", REPORT)
    forge.comments = [theirs]
    assert put(forge, tmp_path, REPORT) == (0, "The comment is written.\n")
    assert put(forge, tmp_path, REPORT) == (0, "The comment is updated.\n")
    assert forge.comments == [theirs, (BOT, REPORT)]


@pytest.mark.parametrize("before", [98, 99, 100, 101, 199, 200])
def test_a_comment_is_found_on_any_page(forge: Forge, tmp_path: Path, before: int) -> None:
    """A forge lists a hundred at a time."""
    forge.comments = [("reviewer", "a comment")] * before
    put(forge, tmp_path, REPORT)
    assert put(forge, tmp_path, REPORT) == (0, "The comment is updated.\n")
    assert len(forge.comments) == before + 1


def test_what_a_forge_refuses_is_one_line(forge: Forge, tmp_path: Path) -> None:
    """It says which call, and what the job lacks; the job fails."""
    forge.refuses = True
    comments = f"{forge.api}/repos/{REPOSITORY}/issues/{PULL_REQUEST}/comments"
    assert put(forge, tmp_path, REPORT) == (
        1,
        f"error: the report is not in a comment: GitHub refused POST {comments}: 403 Forbidden. "
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
        f"error: the report is not in a comment: GitLab refused GET {forge.api}/user: 401 "
        "Unauthorized. REPORT_TOKEN has to be a project access token with the scope `api`\n",
    )


def test_what_cannot_work_is_one_line(forge: Forge, tmp_path: Path) -> None:
    """No marker, no token, nobody there, no report."""
    assert put(forge, tmp_path, "no report") == (
        1,
        "error: the report is not in a comment: the report has no marker: write it with "
        "`pulumi-carrierx report`\n",
    )
    assert put(forge, tmp_path, REPORT, GITHUB_TOKEN="") == (
        1,
        "error: the report is not in a comment: GITHUB_TOKEN is not set\n",
    )
    code, told = put(forge, tmp_path, REPORT, GITHUB_API_URL="http://127.0.0.1:9")
    assert code == 1
    assert told.startswith(
        "error: the report is not in a comment: GitHub cannot be reached at http://127.0.0.1:9/"
    )
    gone = subprocess.run(
        [sys.executable, str(SCRIPT), "report.md"],
        cwd=tmp_path.parent,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert gone.returncode == 1
    assert gone.stderr == "error: there is no report: report.md: No such file or directory\n"
