"""The External DID. Read in this order: field_rules, inputs, recorded, plan, lifecycle."""
