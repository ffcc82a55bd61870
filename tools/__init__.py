"""Tools of the checkout: they set up a fresh machine and show the project. None is shipped."""
