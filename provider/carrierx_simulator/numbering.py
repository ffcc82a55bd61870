"""Which country a phone number belongs to: enough for plausible samples, no more.

A real number plan is a library's work, and the simulator needs only ``country_code``.
"""

from __future__ import annotations

_COUNTRY_BY_PREFIX = {
    "1": "USA",
    "31": "NLD",
    "32": "BEL",
    "33": "FRA",
    "34": "ESP",
    "351": "PRT",
    "353": "IRL",
    "358": "FIN",
    "39": "ITA",
    "41": "CHE",
    "43": "AUT",
    "44": "GBR",
    "45": "DNK",
    "46": "SWE",
    "47": "NOR",
    "48": "POL",
    "49": "DEU",
    "52": "MEX",
    "55": "BRA",
    "61": "AUS",
    "64": "NZL",
    "65": "SGP",
    "81": "JPN",
    "91": "IND",
}


def country_code(digits: str) -> str | None:
    """ISO 3166-1 alpha-3 code of a number's prefix, or None where the table has none.

    ``digits`` is E.164 without ``+``. All of +1 counts as the USA.
    """
    return next(
        (
            _COUNTRY_BY_PREFIX[digits[:length]]
            for length in (3, 2, 1)
            if digits[:length] in _COUNTRY_BY_PREFIX
        ),
        None,
    )
