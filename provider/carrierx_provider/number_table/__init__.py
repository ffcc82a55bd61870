"""Tables of numbers, as CSV or YAML: read with their lines, and checked as a whole."""
