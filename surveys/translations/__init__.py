"""Interface texts: gettext catalogues for experts and for researchers, and the tool that keeps them."""

# Which languages each audience's pages and mails speak; the first is the one in the code, into which
# all others fall back. Study texts may have more languages than these.
LANGUAGES = {"experts": ("en", "nl", "fr", "de"), "researchers": ("en", "nl")}
IN_THE_CODE = "en"

# Dates and times of an English page or mail are European: its readers write 7 December and 17:16.
_REGIONS = {"en": "en_GB"}


def locale_of(language: str) -> str:
    """The locale in which a language's dates and numbers are written."""
    return _REGIONS.get(language, language)


def spoken_to(audience: str, language: str) -> str:
    """The language in which an audience is spoken to that wants this one."""
    return language if language in LANGUAGES[audience] else IN_THE_CODE
