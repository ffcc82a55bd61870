"""Numbers that are registered already, as rows of a table and resources of a state. Pure."""
