"""The numbers that every program declares: the same ones, with the same fields, in the same order.

Copied into each program's folder.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def declared_numbers(environment: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each resource's name and inputs.

    Args:
        environment: ``BENCHMARK_NUMBERS`` says how many, ``BENCHMARK_NAME`` how their names begin.
    """
    for index in range(int(environment["BENCHMARK_NUMBERS"])):
        yield (
            f"number-{index}",
            {
                "phonenumber": f"+4670{1_000_000 + index}",
                "capabilities": 3,
                "name": f"{environment['BENCHMARK_NAME']} {index}",
                "callback_url": "https://example.com/sms",
                "attributes": {"team": "support"},
            },
        )
