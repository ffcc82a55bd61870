"""The demo that a newcomer runs first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.bootstrap.uv import CHECKOUT


def test_the_demo_shows_every_step_and_checks_it(tmp_path: Path) -> None:
    """`make demo` runs all seven steps, whatever CarrierX and proxies the environment names, and
    leaves nothing in the temporary folder.
    """
    astray = {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "CARRIERX_BASE_URL": "http://127.0.0.1:9/core/v2",
        "CARRIERX_TOKEN": "a-token-of-somebody",
        "TMPDIR": str(tmp_path),
    }
    finished = subprocess.run(
        [sys.executable, "-m", "tools.demo"],
        cwd=CHECKOUT,
        env={**os.environ, **astray},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    lines = finished.stdout.splitlines()
    headings = [line for line in lines if line.startswith("=== ")]
    assert [heading[4:7] for heading in headings[:-1]] == [f"{step}/7" for step in range(1, 8)]
    assert headings[-1].startswith("=== done: ")
    for key_line in (
        "ok: one POST for each number, and nothing else",
        "ok: the preview says that all 7 stay as they are",
        "ok: each number took one PATCH, with nothing in it but what changed",
        "ok: refresh shows the one number and the one field, and what it was changed to",
        "ok: up repairs it with one PATCH",
        "ok: it warns what is released, and what is lost with it",
        "ok: it is the same number under another SID",
        "ok: all 5 mistakes in 4 numbers are named, in one line each",
        "ok: nothing was sent",
        "ok: CarrierX has no number left",
    ):
        assert key_line in lines
    assert not list(tmp_path.glob("carrierx-demo-*"))
    assert "\033[" not in finished.stdout
