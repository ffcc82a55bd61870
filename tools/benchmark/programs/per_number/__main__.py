"""The same numbers, with one call for each and a class that is pickled by reference."""

import os

from declared import declared_numbers  # type: ignore[import-not-found]  # copied there
from per_number import PerNumber  # type: ignore[import-not-found]  # lies beside it when it runs

for resource_name, inputs in declared_numbers(os.environ):
    PerNumber(resource_name, inputs)
