"""Registers this stack's share of numbers.csv."""

import gc
from pathlib import Path

import pulumi
from shares import StacksError, share_of, stacks_in

import pulumi_carrierx as carrierx

# All that this program makes lives until it ends: there is nothing to collect, and looking for it
# would take a third of the program's time.
gc.disable()

try:
    stacks = stacks_in(Path("stacks.txt").read_text(encoding="utf-8"))
    rows = {row.phonenumber: row for row in carrierx.read_number_table("numbers.csv")}
    share = share_of(pulumi.get_stack(), rows, stacks)
except (carrierx.TableError, StacksError) as error:
    raise pulumi.RunError(str(error)) from None

for phonenumber in share:
    row = rows[phonenumber]
    carrierx.ExternalDID(row.label, **row.fields)

pulumi.export("numbers", len(share))
