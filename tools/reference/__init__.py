"""``docs/reference.md``, generated from the code and its docstrings."""
