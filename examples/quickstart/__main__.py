"""Registers every number of numbers.yaml with CarrierX."""

import pulumi

import pulumi_carrierx as carrierx

pool = carrierx.NumberPool("numbers", table="numbers.yaml")

pulumi.export("sids", pool.sids)
