"""What the set-up of the environment and the build of the engine have in common."""

import errno
import socket
import sys
import threading
from pathlib import Path

import pytest

from tools.bootstrap import processes
from tools.bootstrap.errors import SetUpError, exit_with, explain, hint_for, key_line
from tools.bootstrap.log import duration
from tools.bootstrap.processes import Command, exclusive, run_long
from tools.bootstrap.system import cache_directory

TIMEOUT_SECONDS = 60


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


def test_a_lock_is_held_by_one_at_a_time_and_the_others_say_that_they_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second process continues when the first is done, and says so while it waits."""
    order: list[str] = []
    lines: list[str] = []
    reminded = threading.Event()

    def collect(line: str) -> None:
        lines.append(line)
        if "still waiting" in line:
            reminded.set()

    def come_second() -> None:
        with exclusive(tmp_path / "lock", "building", remind_every=0.01):
            order.append("second")

    monkeypatch.setattr(processes, "log", collect)
    second = threading.Thread(target=come_second, daemon=True)
    with exclusive(tmp_path / "lock", "building"):
        second.start()
        assert reminded.wait(TIMEOUT_SECONDS), lines
        order.append("first")
    second.join(TIMEOUT_SECONDS)
    assert order == ["first", "second"]
    assert lines[0].endswith(" is building: waiting.")


def test_a_long_command_reports_its_progress(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it prints goes to the log; a person sees how far it is, at intervals."""
    lines: list[str] = []
    first_printed = threading.Event()

    def on_line(line: str) -> None:
        lines.append(line)
        first_printed.set()

    with socket.create_server(("127.0.0.1", 0)) as gate:
        gate.settimeout(TIMEOUT_SECONDS)
        # It prints the second line when the first report has been made.
        program = (
            "import socket; print('one', flush=True); "
            f"socket.create_connection({gate.getsockname()!r}).recv(1); print('two')"
        )

        def progress() -> str:
            assert first_printed.wait(TIMEOUT_SECONDS)
            if len(lines) == 1:
                gate.accept()[0].close()
            return f"{len(lines)} so far"

        command = Command([sys.executable, "-c", program], tmp_path, {}, tmp_path / "log")
        run_long(command, "failed", progress=progress, on_line=on_line, report_every=0.01)
    assert lines == ["one", "two"]
    assert (tmp_path / "log").read_text() == "one\ntwo\n"
    assert capsys.readouterr().err.startswith("  1 so far (0 s)\n")


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


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("Using Python\nerror: Failed to download x\n  cause: y\nhint: z\n",
         "error: Failed to download x"),
        ("go: downloading x\nx.go:1: undefined: y\n\n", "x.go:1: undefined: y"),
        ("", "nothing"),
    ],
)  # fmt: skip
def test_the_line_that_explains_a_failure_is_picked(printed: str, said: str) -> None:
    """The first that begins with "error", else the last."""
    assert key_line(printed) == said


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


@pytest.mark.parametrize(
    ("seconds", "said"), [(9.4, "9 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s")]
)
def test_durations_are_formatted_for_people(seconds: float, said: str) -> None:
    """Minutes appear when there are any."""
    assert duration(seconds) == said
