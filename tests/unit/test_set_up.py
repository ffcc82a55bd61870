"""What the set-up of the environment and the build of the engine have in common."""

import errno
import sys
import threading
from pathlib import Path

import pytest

from tools.set_up.cache_directory import cache_directory
from tools.set_up.diagnosis import gist, what_to_do
from tools.set_up.exclusive import exclusive
from tools.set_up.failure import SetUpError, exit_with, explained
from tools.set_up.long_command import Command, run_long
from tools.set_up.say import duration


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


def test_a_lock_lets_one_in_and_tells_the_other_that_it_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever comes second gets in when the first has left, and is told while it waits."""
    order: list[str] = []
    waiting = threading.Event()

    def come_second() -> None:
        waiting.set()
        with exclusive(tmp_path / "lock", "building", remind_every=0.1):
            order.append("second")

    with exclusive(tmp_path / "lock", "building"):
        second = threading.Thread(target=come_second)
        second.start()
        waiting.wait()
        second.join(0.5)
        order.append("first")
    second.join()
    assert order == ["first", "second"]
    told = capsys.readouterr().err
    assert "is building: waiting for it.\n" in told
    assert "still waiting" in told


def test_a_long_command_is_quiet_but_never_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it prints goes to the log; a person sees how far it is, at intervals."""
    lines: list[str] = []
    program = "import time; print('one'); time.sleep(0.5); print('two')"
    status = run_long(
        Command([sys.executable, "-c", program], tmp_path, {}),
        log=tmp_path / "log",
        progress=lambda: f"{len(lines)} so far",
        each_line=lines.append,
        report_every=0.1,
    )
    assert status == 0
    assert lines == ["one", "two"]
    assert (tmp_path / "log").read_text() == "one\ntwo\n"
    assert " so far (0 s)\n" in capsys.readouterr().err


def test_a_long_command_that_fails_gives_its_status(tmp_path: Path) -> None:
    """The caller knows what the failure means."""
    command = Command([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, {})
    assert run_long(command, log=tmp_path / "log", progress=str) == 3


@pytest.mark.parametrize(
    ("printed", "advice"),
    [
        ("x: write /y: no space left on device", "the disk is full"),
        ("verifying m@v1: checksum mismatch\nSECURITY ERROR", "what was fetched is not what is"),
        ("compile: signal: killed", "the memory did not suffice"),
        ("Get https://x: dial tcp: lookup x: no such host", "something could not be fetched"),
        ("ERROR: No matching distribution found for uv", "something could not be fetched"),
        ("undefined: x", "run it again, and if it fails in the same way"),
    ],
)
def test_a_failure_leads_to_what_to_do_next(printed: str, advice: str) -> None:
    """What a program prints is for its authors; a person needs the next step."""
    assert what_to_do(printed).startswith(advice)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (
            "Using Python\nerror: Failed to download x\n  cause: y\nhint: z\n",
            "error: Failed to download x",
        ),
        ("go: downloading x\nx.go:1: undefined: y\n\n", "x.go:1: undefined: y"),
        ("", "nothing"),
    ],
)
def test_the_line_that_says_most_is_picked(printed: str, said: str) -> None:
    """The first that begins with "error", else the last."""
    assert gist(printed) == said


def test_a_directory_that_cannot_be_written_is_one_line() -> None:
    """It names the path and the variable that chooses another."""
    assert explained(PermissionError(errno.EACCES, "Permission denied", "/x")) == (
        "cannot use /x: Permission denied. If it is in the cache directory, set "
        "PULUMI_CARRIERX_CACHE to a directory that you can write, and run it again"
    )


def test_a_failure_ends_in_one_line_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The process ends with 1, and standard output stays empty."""

    def fail() -> None:
        message = "no network"
        raise SetUpError(message)

    with pytest.raises(SystemExit) as left:
        exit_with(fail)
    assert left.value.code == 1
    assert capsys.readouterr() == ("", "error: no network\n")


def test_a_run_that_is_interrupted_says_that_nothing_is_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ctrl-C is no error of the set-up."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as left:
        exit_with(interrupted)
    assert left.value.code == 130
    assert "run it again to go on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "said"), [(9.4, "9 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s")]
)
def test_durations_read_as_a_person_says_them(seconds: float, said: str) -> None:
    """Minutes appear when there are any."""
    assert duration(seconds) == said
