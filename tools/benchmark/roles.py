"""What a process of a measured command does, told from its command line."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from pathlib import PurePath


class Role(StrEnum):
    """The processes that a command has, and that live as long as it does."""

    ENGINE = "engine"
    LANGUAGE_HOST = "language host"
    PROGRAM = "program"
    PROVIDER = "provider"
    OTHER = "other"
    """Shells and what asks for versions and packages; none of them lives long or holds much."""


_ENGINES = {"pulumi", "terraform"}
_LANGUAGE_HOST = "pulumi-language-python"
_PROGRAM = "pulumi-language-python-exec"
_PULUMI_PROVIDER = ("-m", "pulumi.dynamic")
_TERRAFORM_PROVIDER = "terraform-provider-"


def role_of(command: Sequence[str]) -> Role:
    """The role of a process with this command line."""
    names = [PurePath(part).name for part in command]
    if not names:
        return Role.OTHER
    if _PROGRAM in names:
        return Role.PROGRAM
    if _PULUMI_PROVIDER in pairwise(names):
        return Role.PROVIDER
    if names[0].startswith(_TERRAFORM_PROVIDER):
        return Role.PROVIDER
    if names[0] == _LANGUAGE_HOST:
        return Role.LANGUAGE_HOST
    return Role.ENGINE if names[0] in _ENGINES else Role.OTHER
