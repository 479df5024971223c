"""Hypothesis without deadlines: how fast a busy machine is says nothing about a rule.

Fifty examples each, because there are many properties and every one is drawn anew in each run.
"""

from hypothesis import settings

settings.register_profile("rules", deadline=None, max_examples=50)
settings.load_profile("rules")
