"""Hypothesis without deadlines: how fast a busy machine is says nothing about a kind."""

from hypothesis import settings

settings.register_profile("kinds", deadline=None)
settings.load_profile("kinds")
