"""Separators: one sound in, named stems of the same length, channels and rate out."""
