"""What the set-up of the environment and the build of the engine have in common."""

import errno
from pathlib import Path

import pytest

from tools.bootstrap.errors import SetUpError, exit_with, explain, hint_for
from tools.bootstrap.system import cache_directory


@pytest.mark.parametrize(
    ("environment", "directory"),
    [
        ({"PULUMI_CARRIERX_CACHE": "/a b", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/a b"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/pulumi-carrierx"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/pulumi-carrierx"),
        ({"PULUMI_CARRIERX_CACHE": "", "HOME": "/h"}, "/h/.cache/pulumi-carrierx"),
    ],
)
def test_the_cache_is_where_the_user_says(environment: dict[str, str], directory: str) -> None:
    """Our own variable comes first, then the standard one, then the home directory."""
    assert cache_directory(environment) == Path(directory)


@pytest.mark.parametrize(
    ("printed", "hint"),
    [
        ("x: write /y: no space left on device", "the disk or your quota is full"),
        ("verifying m@v1: checksum mismatch\nSECURITY ERROR", "a download does not match"),
        ("compile: signal: killed", "out of memory"),
        ("Get https://x: dial tcp: lookup x: no such host", "a download failed"),
        ("ERROR: No matching distribution found for uv", "a download failed"),
        ("undefined: x", "run it again, and if it fails in the same way"),
    ],
)
def test_a_failure_gives_the_next_step(printed: str, hint: str) -> None:
    """What a program prints is for its authors; a person needs the next step."""
    assert hint_for(printed).startswith(hint)


def test_a_directory_that_cannot_be_written_is_one_line() -> None:
    """It names the path and the variable that chooses another."""
    assert explain(PermissionError(errno.EACCES, "Permission denied", "/x")) == (
        "cannot use /x: Permission denied. If it is in the cache directory, set "
        "PULUMI_CARRIERX_CACHE to a directory that you can write, and run it again"
    )


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (SetUpError("no network"), 1, "error: no network\n"),
        (KeyboardInterrupt(), 130, "run it again to continue"),
    ],
)
def test_a_failure_ends_in_one_line_without_a_traceback(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output stays empty; Ctrl-C is not an error of the set-up, and loses nothing."""

    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as left:
        exit_with(fail)
    assert left.value.code == code
    output, errors = capsys.readouterr()
    assert (output, errors.count("\n")) == ("", 1)
    assert line in errors
