"""``pulumi-carrierx adopt``: registered numbers as rows of a table and resources of a state."""
