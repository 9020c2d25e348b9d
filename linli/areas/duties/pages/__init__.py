"""Pages of the duty board: the desk's, and what everybody may see."""
