"""Reads that shape a page or an array. They return frozen dataclasses and write nothing."""
