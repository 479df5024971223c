"""Interface texts: gettext catalogues for experts and for researchers, and the tool that keeps them."""
