"""Command groups of `linli` (命令组): each module adds its commands to the parser and imports Django only when run."""
