"""A code host over real HTTP, as far as a comment in a pull request goes: GitHub and GitLab.

After their documentation: GitHub's issue comments (list, create, update), GitLab's notes of a merge
request (list, create, update) and ``/user``. Both list in pages of at most 100.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.answering_server import raw_server, response

TOKEN = "a-forge-token"
REPOSITORY, PULL_REQUEST = "acme/numbers", 7
BOT = "github-actions[bot]"
LONGEST = 65_536
_LARGEST_PAGE = 100
_CREDENTIALS = ("Authorization", "Private-token")

_GITHUB = rf"/repos/{REPOSITORY}/issues"
_GITLAB = rf"/projects/42/merge_requests/{PULL_REQUEST}/notes"
_ROUTES = [
    ("GET", rf"{_GITHUB}/{PULL_REQUEST}/comments", "list"),
    ("POST", rf"{_GITHUB}/{PULL_REQUEST}/comments", "create"),
    ("PATCH", rf"{_GITHUB}/comments/(\d+)", "update"),
    ("GET", r"/user", "user"),
    ("GET", _GITLAB, "list"),
    ("POST", _GITLAB, "create"),
    ("PUT", rf"{_GITLAB}/(\d+)", "update"),
]


@dataclass
class Forge:
    """The comments of one pull request, and the calls that were made.

    Attributes:
        api: Its base URL.
        refuses: Whether the token lacks what a comment needs.
        comments: As ``(author, body)``, the oldest first.
        calls: Each as ``METHOD operation``.
        is_gitlab: Whether the last call was one of GitLab's.
    """

    api: str
    refuses: bool = False
    comments: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    is_gitlab: bool = False

    def answer(
        self, method: str, url: str, headers: dict[str, str], body: Any
    ) -> tuple[HTTPStatus, Any]:
        """What a call is answered."""
        if not {f"Bearer {TOKEN}", TOKEN} & {headers.get(name) for name in _CREDENTIALS}:
            return HTTPStatus.UNAUTHORIZED, {"message": "Bad credentials"}
        parts = urlsplit(url)
        for verb, pattern, operation in _ROUTES:
            if method == verb and (found := re.fullmatch(pattern, parts.path)):
                self.calls.append(f"{method} {operation}")
                self.is_gitlab = pattern == _GITLAB or pattern.startswith(f"{_GITLAB}/")
                if operation == "user":
                    return HTTPStatus.OK, {"username": BOT}
                if operation == "list":
                    return HTTPStatus.OK, self._page(parse_qs(parts.query))
                return self._written(body["body"], found[1] if operation == "update" else None)
        return HTTPStatus.NOT_FOUND, {"message": "Not Found"}

    def _written(self, body: str, number: str | None) -> tuple[HTTPStatus, Any]:
        if self.refuses:
            return HTTPStatus.FORBIDDEN, {"message": "Resource not accessible by integration"}
        if len(body) > LONGEST:
            return HTTPStatus.UNPROCESSABLE_ENTITY, {"message": "body is too long"}
        if number is None:
            self.comments.append((BOT, body))
            return HTTPStatus.CREATED, self._shown(len(self.comments) - 1)
        author, _ = self.comments[int(number)]
        self.comments[int(number)] = (author, body)
        return HTTPStatus.OK, self._shown(int(number))

    def _page(self, query: dict[str, list[str]]) -> list[Any]:
        size = min(int(query.get("per_page", ["30"])[0]), _LARGEST_PAGE)
        start = (int(query.get("page", ["1"])[0]) - 1) * size
        numbers = range(len(self.comments))[start : start + size]
        return [self._shown(number) for number in numbers]

    def _shown(self, number: int) -> dict[str, Any]:
        author, body = self.comments[number]
        named = {"author": {"username": author}} if self.is_gitlab else {"user": {"login": author}}
        return {"id": number, "body": body, **named}


@contextmanager
def running_forge() -> Iterator[Forge]:
    """Serve until the ``with`` block ends."""

    def write(send: Callable[[bytes], None]) -> None:
        first, *lines = server.heads[-1].decode().split("\r\n")
        headers = {
            name.capitalize(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        method, path, _ = first.split()
        status, answer = forge.answer(method, path, headers, json.loads(server.bodies[-1] or "0"))
        json_header = {"Content-Type": "application/json"}
        send(response(status, json.dumps(answer).encode(), json_header))

    with raw_server(write) as server:
        forge = Forge(f"http://127.0.0.1:{server.port}")
        yield forge
