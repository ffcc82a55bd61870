"""The same numbers, with one call for each and a class that is pickled by reference."""

import os

from per_number import PerNumber  # type: ignore[import-not-found]  # lies beside it when it runs
from stated import stated_numbers  # type: ignore[import-not-found]  # copied there

for resource_name, inputs in stated_numbers(os.environ):
    PerNumber(resource_name, inputs)
