"""Registers every number of numbers.yaml with CarrierX."""

from pathlib import Path

import pulumi
import yaml

import pulumi_carrierx as carrierx

numbers = yaml.safe_load(Path("numbers.yaml").read_text(encoding="utf-8"))

sids = {}
for label, fields in numbers.items():
    external_did = carrierx.ExternalDID(label, **fields)
    sids[label] = external_did.id

pulumi.export("sids", sids)
