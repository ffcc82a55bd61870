"""The script that writes a report to a pull request, against a code host over real HTTP."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forge import BOT, PULL_REQUEST, REPOSITORY, TOKEN, Forge, running_forge
from tests.unit.programs import run

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "ci" / "report_comment.py"
MARKER = "<!-- pulumi-carrierx report: numbers/staging -->"
REPORT = f"**No change**\n\n{MARKER}\n"
WRITTEN, UPDATED = (0, "The comment was written.\n"), (0, "The comment was updated.\n")


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    """A pull request without a comment, and a folder for the report."""
    monkeypatch.chdir(tmp_path)
    with running_forge() as forge:
        yield forge


def put(forge: Forge, report: str, **environment: str) -> tuple[int, str]:
    """Run the script on a report; its exit code, and what it printed."""
    Path("report.md").write_text(report, encoding="utf-8")
    done = run(
        sys.executable,
        *(str(SCRIPT), "report.md"),
        env={
            **{name: value for name, value in os.environ.items() if name != "GITLAB_CI"},
            "GITHUB_API_URL": forge.api,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": TOKEN,
            "PULL_REQUEST": str(PULL_REQUEST),
            "NO_PROXY": "127.0.0.1",
            **environment,
        },
    )
    assert TOKEN not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_each_stack_has_one_comment_of_its_own(forge: Forge) -> None:
    """A second report of a stack replaces its first, wherever the marker is in it."""
    other = REPORT.replace("/staging", "/production")
    assert put(forge, REPORT) == WRITTEN
    assert put(forge, other) == WRITTEN
    changed = f"{MARKER}\n**1 number changes** å"
    assert put(forge, changed) == UPDATED
    assert forge.comments == [(BOT, changed), (BOT, other)]


@pytest.mark.parametrize("before", [1, 99, 100, 101, 200])
def test_a_comment_is_found_on_any_page(forge: Forge, before: int) -> None:
    """A forge lists a hundred at a time; somebody else's marker does not count."""
    others = [("mallory", REPORT)] * before
    forge.comments = [*others, (BOT, REPORT)]
    changed = f"Changed {REPORT}"
    assert put(forge, changed) == UPDATED
    assert forge.comments == [*others, (BOT, changed)]


GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_IID": str(PULL_REQUEST),
    "REPORT_TOKEN": "another",
}


def test_an_error_is_one_line(forge: Forge) -> None:
    """It says which call, and what the job needs; the job fails."""
    comments = f"{forge.api}/repos/{REPOSITORY}/issues/{PULL_REQUEST}/comments"
    forge.refuses = True
    for report, environment, line in (
        (REPORT, {}, f"GitHub refused POST {comments}: 403 Forbidden. Give the job "
         "`permissions: pull-requests: write`"),
        (REPORT, {**GITLAB, "CI_API_V4_URL": forge.api},
         f"GitLab refused GET {forge.api}/user: 401 Unauthorized. REPORT_TOKEN must be a project "
         "access token with the scope `api`"),
        ("no report", {},
         "the report has no marker: write it with `pulumi-carrierx report`"),
        (REPORT, {"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
    ):  # fmt: skip
        assert put(forge, report, **environment) == (
            1,
            f"error: cannot write the comment: {line}\n",
        )
    code, found = put(forge, REPORT, GITHUB_API_URL="http://127.0.0.1:9")
    assert code == 1
    assert found.startswith(
        "error: cannot write the comment: cannot reach GitHub at http://127.0.0.1:9/"
    )
    gone = run(sys.executable, str(SCRIPT), "none.md")
    assert gone.returncode == 1
    assert gone.stderr == "error: cannot read the report none.md: No such file or directory\n"
