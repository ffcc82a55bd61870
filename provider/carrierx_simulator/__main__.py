"""``python -m carrierx_simulator`` is ``pulumi-carrierx simulate``."""

import typer

from carrierx_simulator.command import simulate

if __name__ == "__main__":
    typer.run(simulate)
