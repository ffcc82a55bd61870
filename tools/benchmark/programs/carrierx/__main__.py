"""As many numbers as the environment says, with ``pulumi_carrierx``."""

import os

from declared import declared_numbers  # type: ignore[import-not-found]  # copied beside it when it runs

import pulumi_carrierx as carrierx

for resource_name, inputs in declared_numbers(os.environ):
    carrierx.ExternalDID(resource_name, **inputs)
