"""Puts a report under a pull request or a merge request, as one comment that is kept up to date.

    python ci/report_comment.py report.md

Needs nothing but Python. On GitHub it reads GITHUB_API_URL and GITHUB_REPOSITORY, which every job
has, and GITHUB_TOKEN and PULL_REQUEST, which the workflow passes on. On GitLab it reads
CI_API_V4_URL, CI_PROJECT_ID and CI_MERGE_REQUEST_IID, which every job of a merge request has, and
REPORT_TOKEN: a project access token with the scope `api`, since a job's own token may not comment.
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
# As whom a workflow's own token comments.
GITHUB_BOT = "github-actions[bot]"


class CommentError(Exception):
    """The comment cannot be written; one line."""


@dataclass(frozen=True)
class Forge:
    """Where the comments are.

    `comments` is the list of them, `comment` where one lies, `author` the field with its author and
    the field in that with the name, `update` the method that changes one, `me` who writes with this
    token.
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
        advice="REPORT_TOKEN has to be a project access token with the scope `api`",
    )
    return replace(forge, me=_call(forge, "GET", f"{api}/user")["username"])


def put(forge: Forge, report: str) -> str:
    """Change this report's comment, or write it if there is none; says which.

    Only a comment of one's own counts: anybody may write the marker into theirs, and change it
    afterwards.
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
        raise CommentError(f"{forge.name} cannot be reached at {url}: {reason}") from None


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise CommentError(f"{name} is not set")
    return value


def main() -> int:
    """Put the report that the command line names; 0 if it stands there now."""
    try:
        report = Path(sys.argv[1]).read_text(encoding="utf-8")
        done = put(gitlab() if "GITLAB_CI" in os.environ else github(), report)
    except CommentError as error:
        print(f"error: the report is not in a comment: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: there is no report: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"The comment is {done}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
