"""As many resources of the provider that does nothing, with the inputs of a number."""

import os

from declared import declared_numbers  # type: ignore[import-not-found]  # copied there
from nothing import Nothing  # type: ignore[import-not-found]  # lies beside it when it runs

for resource_name, inputs in declared_numbers(os.environ):
    Nothing(resource_name, inputs)
