"""Faults on purpose: what a fault plan says, which call it hits, and what then happens to it."""
