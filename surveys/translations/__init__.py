"""Interface texts: gettext catalogues for experts and for researchers, and the tool that keeps them."""

# Dates and times of an English page or mail are European: its readers write 7 December and 17:16.
_REGIONS = {"en": "en_GB"}


def locale_of(language: str) -> str:
    """The locale in which a language's dates and numbers are written."""
    return _REGIONS.get(language, language)
