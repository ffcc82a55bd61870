"""A table that cannot be read, or made longer."""


class TableError(Exception):
    """One line that begins with the table's name."""
