"""A preview as a reviewer reads it: which numbers change, how, and what would be lost.

Read in this order: model, masking, bounds, calls, row, drift, analyze, policy, verdict, messages,
sections; then the forms: markdown, html, json, terminal. Only ``run`` has effects.
"""
