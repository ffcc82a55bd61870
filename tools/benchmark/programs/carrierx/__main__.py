"""As many numbers as the environment says, with ``pulumi_carrierx``."""

import os

from stated import stated_numbers  # type: ignore[import-not-found]  # copied beside it when it runs

import pulumi_carrierx as carrierx

for resource_name, inputs in stated_numbers(os.environ):
    carrierx.ExternalDID(resource_name, **inputs)
