"""Registers the numbers of this stack's environment: numbers.STACK.yaml."""

from pathlib import Path

import pulumi

import pulumi_carrierx as carrierx

pool = carrierx.NumberPool(
    "numbers",
    table=f"numbers.{pulumi.get_stack()}.yaml",
    # A number that two of the tables have is refused in both stacks.
    others=Path().glob("numbers.*.yaml"),
    opts=pulumi.ResourceOptions(protect=pulumi.Config().get_bool("protect")),
)
pulumi.export("sids", pool.sids)
