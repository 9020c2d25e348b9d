"""Linli (邻里): community governance as software, after the Hubei and Hunan drafts."""

__version__ = "0.1.0"
