"""Wiring: settings, addresses, navigation, periodic work, the command line. Knows everybody, decides nothing."""
