"""Starting a county (开通): its places, bodies and posts read from tables, checked row by row, entered all or not at all."""
