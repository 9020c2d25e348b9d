"""Pages of this room, one module per audience."""
