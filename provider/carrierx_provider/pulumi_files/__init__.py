"""Pulumi's own documents: deployment, preview, URN, stack."""
