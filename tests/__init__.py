"""The tests; what needs no engine is in unit, property and contract."""
