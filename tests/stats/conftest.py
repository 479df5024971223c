"""Statistics are checked for what they give, never for how long one draw of an example takes."""

from hypothesis import settings

settings.register_profile("statistics", deadline=None)
settings.load_profile("statistics")
