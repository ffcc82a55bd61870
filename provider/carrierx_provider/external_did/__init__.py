"""The External DID. Read in this order: schema, inputs, state, plan, takeover, lifecycle."""
