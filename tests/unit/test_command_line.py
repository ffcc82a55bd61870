"""``pulumi-carrierx`` itself, apart from its commands."""

from importlib.metadata import version

from typer.testing import CliRunner

from carrierx_cli.main import application


def test_the_version_is_the_installed_one() -> None:
    """One line, as other commands tell it."""
    told = CliRunner().invoke(application, ["--version"])
    assert (told.exit_code, told.stdout) == (0, f"pulumi-carrierx {version('pulumi-carrierx')}\n")
