"""Which process of a command is which: the memory of one is not that of another."""

from __future__ import annotations

import pytest

from tools.benchmark.roles import Role, role_of


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("pulumi up --yes", Role.ENGINE),
        ("/opt/pulumi/bin/pulumi preview", Role.ENGINE),
        ("terraform apply -auto-approve", Role.ENGINE),
        ("/opt/bin/pulumi-language-python -root=/tmp/benchmark 127.0.0.1:1", Role.LANGUAGE_HOST),
        ("python -u /opt/bin/pulumi-language-python-exec --project benchmark", Role.PROGRAM),
        ("python3 -u -m pulumi.dynamic 127.0.0.1:2", Role.PROVIDER),
        ("/opt/provider/terraform-provider-restapi", Role.PROVIDER),
        ("/bin/sh /opt/bin/pulumi-resource-pulumi-python 127.0.0.1:2", Role.OTHER),
        ("python -m pip list -v --format json", Role.OTHER),
        ("", Role.OTHER),
    ],
)
def test_a_process_is_told_by_its_command_line(command: str, role: Role) -> None:
    """As they are while the real engine runs."""
    assert role_of(command.split()) is role
