"""A preview as a reviewer reads it: which numbers change, how, and what would be lost.

Read in this order: model, masking, bounds, calls, row, drift, analyze, policy, verdict; then the
forms: messages, sections, markdown, html, json, terminal. Only ``run`` has effects.
"""
