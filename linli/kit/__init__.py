"""Machinery without one domain word: actions, trail, flow, clock, scope, files, notices, errors."""
