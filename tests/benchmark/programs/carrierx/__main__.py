"""As many numbers as the environment says, with ``pulumi_carrierx``."""

import os

import pulumi_carrierx as carrierx

for index in range(int(os.environ["BENCHMARK_NUMBERS"])):
    carrierx.ExternalDID(
        f"number-{index}",
        phonenumber=f"+4670{1_000_000 + index}",
        capabilities=["receive_sms", "send_sms"],
        name=f"{os.environ['BENCHMARK_NAME']} {index}",
        callback_url="https://example.com/sms",
        attributes={"team": "support"},
    )
