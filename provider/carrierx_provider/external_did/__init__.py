"""The External DID. Read in this order: inputs, recorded, plan, lifecycle."""
