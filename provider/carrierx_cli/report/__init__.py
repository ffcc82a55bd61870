"""A preview as a reviewer reads it: which numbers change, how, and what would be lost.

Read in this order: preview, masked, readings, planned_calls, take_over, number_report, drift,
contents, verdict; then the forms: markdown, html, json_form, terminal. All of it is pure.
"""
