"""As many resources of the provider that does nothing, with the inputs of a number."""

import os

from nothing import Nothing  # type: ignore[import-not-found]  # lies beside it when it runs
from stated import stated_numbers  # type: ignore[import-not-found]  # copied there

for resource_name, inputs in stated_numbers(os.environ):
    Nothing(resource_name, inputs)
