"""The subjects of the law, highest first: duties > assembly > appeals > mandates (see .importlinter)."""
