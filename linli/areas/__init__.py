"""The subjects of the law, highest first: appeals > mandates (see .importlinter)."""
