"""A preview as a reviewer reads it: which numbers change, how, and what would be lost.

Read in this order: model, masking, row, drift, analyze, policy, verdict, messages;
then the forms: forms, markdown, json. Only ``run`` has effects.
"""
