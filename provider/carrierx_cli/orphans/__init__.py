"""A stack's orphans: numbers whose ownership record names the stack, and that no resource has."""
