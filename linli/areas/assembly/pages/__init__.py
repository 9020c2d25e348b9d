"""Pages of the assembly."""
