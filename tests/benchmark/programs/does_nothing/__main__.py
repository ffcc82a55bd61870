"""As many resources of the provider that does nothing, with the inputs of a number."""

import os

from nothing import Nothing  # type: ignore[import-not-found]

for index in range(int(os.environ["BENCHMARK_NUMBERS"])):
    Nothing(
        f"number-{index}",
        {
            "phonenumber": f"+4670{1_000_000 + index}",
            "capabilities": 3,
            "name": f"{os.environ['BENCHMARK_NAME']} {index}",
            "callback_url": "https://example.com/sms",
            "attributes": {"team": "support"},
        },
    )
