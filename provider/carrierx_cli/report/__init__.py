"""A preview as a reviewer reads it: which numbers change, how, and what would be lost.

Read in this order: model, masking, row, analyze, policy, verdict, messages;
then the forms: forms, markdown. Only ``run`` has effects.
"""
