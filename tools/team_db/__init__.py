"""A PostgreSQL of the checkout's own, to keep the state of a team's stacks in."""
