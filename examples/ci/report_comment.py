"""Writes a report to a pull request or merge request, as one comment that is kept up to date.

    python ci/report_comment.py report.md

It needs only Python. On GitHub it reads GITHUB_API_URL and GITHUB_REPOSITORY, which every job has,
and GITHUB_TOKEN and PULL_REQUEST, which the workflow sets. On GitLab it reads CI_API_V4_URL,
CI_PROJECT_ID and CI_MERGE_REQUEST_IID, which every job of a merge request has, and REPORT_TOKEN: a
project access token with the scope `api`, because a job's own token may not comment.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PER_PAGE = 100
SECONDS = 30
MARKER = re.compile(r"^<!-- pulumi-carrierx report: \S+ -->$", re.MULTILINE)
# The author of comments that are written with a workflow's own token.
GITHUB_BOT = "github-actions[bot]"


class CommentError(Exception):
    """The comment cannot be written; one line."""


@dataclass(frozen=True)
class Forge:
    """Where the comments are.

    `comments` is the URL of their list, `comment` that of one without its ID, `author` the field
    with its author and the field in it with the name, `update` the method that changes one, `me`
    the author that this token stands for.
    """

    name: str
    headers: dict[str, str]
    comments: str
    comment: str
    author: tuple[str, str]
    update: str
    me: str
    advice: str


def github() -> Forge:
    """The pull request of this run."""
    repository = f"{_variable('GITHUB_API_URL')}/repos/{_variable('GITHUB_REPOSITORY')}"
    return Forge(
        name="GitHub",
        headers={
            "Authorization": f"Bearer {_variable('GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
        },
        comments=f"{repository}/issues/{_variable('PULL_REQUEST')}/comments",
        comment=f"{repository}/issues/comments",
        author=("user", "login"),
        update="PATCH",
        me=GITHUB_BOT,
        advice="Give the job `permissions: pull-requests: write`",
    )


def gitlab() -> Forge:
    """The merge request of this job."""
    api = _variable("CI_API_V4_URL")
    notes = (
        f"{api}/projects/{_variable('CI_PROJECT_ID')}"
        f"/merge_requests/{_variable('CI_MERGE_REQUEST_IID')}/notes"
    )
    forge = Forge(
        name="GitLab",
        headers={"PRIVATE-TOKEN": _variable("REPORT_TOKEN")},
        comments=notes,
        comment=notes,
        author=("author", "username"),
        update="PUT",
        me="",
        advice="REPORT_TOKEN must be a project access token with the scope `api`",
    )
    return replace(forge, me=_call(forge, "GET", f"{api}/user")["username"])


def put(forge: Forge, report: str) -> str:
    """Update this report's comment, or write it if there is none; returns which it did.

    Only our own comment counts: anybody can write the marker into theirs, and change it afterwards.
    """
    marker = MARKER.search(report)
    if marker is None:
        raise CommentError("the report has no marker: write it with `pulumi-carrierx report`")
    for comment in _comments(forge):
        field, name = forge.author
        if comment[field][name] == forge.me and marker[0] in comment["body"].splitlines():
            _call(forge, forge.update, f"{forge.comment}/{comment['id']}", report)
            return "updated"
    _call(forge, "POST", forge.comments, report)
    return "written"


def _comments(forge: Forge) -> Iterator[dict[str, Any]]:
    page = 1
    while True:
        comments = _call(forge, "GET", f"{forge.comments}?per_page={PER_PAGE}&page={page}")
        yield from comments
        if len(comments) < PER_PAGE:
            return
        page += 1


def _call(forge: Forge, method: str, url: str, body: str | None = None) -> Any:
    request = urllib.request.Request(
        url,
        method=method,
        headers={**forge.headers, "Content-Type": "application/json"},
        data=None if body is None else json.dumps({"body": body}).encode(),
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        message = f"{forge.name} refused {method} {url}: {error.code} {error.reason}"
        raise CommentError(f"{message}. {forge.advice}") from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise CommentError(f"cannot reach {forge.name} at {url}: {reason}") from None


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise CommentError(f"{name} is not set")
    return value


def main() -> int:
    """Write the report that the command line names; 0 if the comment is there now."""
    try:
        report = Path(sys.argv[1]).read_text(encoding="utf-8")
        done = put(gitlab() if "GITLAB_CI" in os.environ else github(), report)
    except CommentError as error:
        print(f"error: cannot write the comment: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: cannot read the report {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"The comment was {done}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
