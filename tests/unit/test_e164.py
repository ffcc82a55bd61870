"""Country codes and lengths of numbers, as libphonenumber has them."""

import re
from itertools import pairwise

import pytest
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.phonemetadata import PhoneMetadata

from carrierx_provider.external_did.e164 import LENGTHS, LONGEST, SHORTEST, unusual_length
from carrierx_provider.external_did.inputs import check_inputs

M2M = (
    *("+345901234567890", "+47580001234567", "+337000123456789", "+467190001234567"),
    "+327700010012345",
)
"""Of number ranges for machines: longer than any phone's number in their countries."""


def lengths_of(country_code: int, regions: tuple[str, ...]) -> str:
    """The entry of a country code, made from the library's metadata."""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(country_code, regions[0])
    assert metadata is not None
    assert metadata.general_desc is not None
    counts = [len(str(country_code)) + count for count in metadata.general_desc.possible_length]
    counts = [count for count in counts if SHORTEST <= count <= LONGEST]
    # The entry joins what follows each other.
    gaps = [place for place, (a, b) in enumerate(pairwise(counts), 1) if b > a + 1]
    runs = [counts[begin:end] for begin, end in pairwise([0, *gaps, len(counts)])]
    written = (f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    return f"{country_code}:{','.join(written)}"


def test_the_table_is_that_of_the_library() -> None:
    """Every country code and every length; a later library may need a change of the table."""
    library = [lengths_of(*entry) for entry in sorted(COUNTRY_CODE_TO_REGION_CODE.items())]
    assert LENGTHS.split() == library
    assert all(re.fullmatch("[0-9]+:[0-9,-]+", entry) for entry in library)


@pytest.mark.parametrize("number", [*M2M, "+12345678", "+460700987654321", "+4477009001"])
def test_an_unusual_length_is_no_error(number: str) -> None:
    """From 7 digits to 15."""
    assert check_inputs({"phonenumber": number, "capabilities": 3}).failures == ()
    assert unusual_length(number) is not None


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+345901234567890", "has 15 digits, and numbers of country code 34 have 11"),
        ("+467190001234567", "has 15 digits, and numbers of country code 46 have 8 to 12, 14"),
        ("+1234567", "has 7 digits, and numbers of country code 1 have 11"),
        ("+46700987654", None),
        ("+12025550123", None),
        ("+441234567", None),
        ("+8821012345678", None),
        # What a report has in place of a secret, and a state of an older version may have.
        ("[secret]", None),
        ("+99912345678", None),
        ("", None),
        (None, None),
    ],
)
def test_what_is_said_of_a_length(number: str | None, reason: str | None) -> None:
    """How many digits there are, and how many are usual."""
    assert unusual_length(number) == reason
