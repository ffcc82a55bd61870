"""Registers the numbers of this stack's environment: numbers.STACK.yaml."""

from pathlib import Path

import pulumi
import yaml

import pulumi_carrierx as carrierx

numbers = yaml.safe_load(Path(f"numbers.{pulumi.get_stack()}.yaml").read_text(encoding="utf-8"))

for label, fields in numbers.items():
    external_did = carrierx.ExternalDID(label, **fields)
    pulumi.export(label, external_did.external_did_sid)
