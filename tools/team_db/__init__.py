"""A local PostgreSQL for Pulumi's ``postgres://`` backend, to keep the state of a team's stacks."""
