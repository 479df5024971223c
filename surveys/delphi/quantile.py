"""The quantile definitions a rule can name, and how they are called in a sentence.

The computing is done by `surveys.stats.spread`, in whole numbers; here is only what a rule says.
The definition belongs to the rule, because "IQR at most 1" flips for some panels when it changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from surveys.delphi.wording import Phrase, say
from surveys.stats import spread


def _by_type(number: int, programs: str) -> Phrase:
    also = f", {programs}" if programs else ""
    return {
        "en": f"R type {number}{also}",
        "nl": f"R-type {number}{also}",
        "fr": f"type {number} de R{also}",
        "de": f"R-Typ {number}{also}",
    }


QUANTILES: Mapping[str, Phrase] = {
    "inverted_cdf": _by_type(1, ""),
    "averaged_inverted_cdf": _by_type(2, "SAS"),
    "closest_observation": _by_type(3, ""),
    "interpolated_inverted_cdf": _by_type(4, ""),
    "hazen": _by_type(5, ""),
    "weibull": _by_type(6, "SPSS"),
    "linear": {
        "en": "linear interpolation, R type 7",
        "nl": "lineaire interpolatie, R-type 7",
        "fr": "interpolation linéaire, type 7 de R",
        "de": "lineare Interpolation, R-Typ 7",
    },
    "median_unbiased": _by_type(8, ""),
    "normal_unbiased": _by_type(9, ""),
    "tukey_hinges": {
        "en": "Tukey's hinges",
        "nl": "scharnieren van Tukey",
        "fr": "charnières de Tukey",
        "de": "Tukeys Angelpunkte",
    },
}


def checked(method: str | int) -> str:
    """The full name of a definition, also from R's number. Raises ValueError for an unknown one."""
    return spread.quantile_definition(method).name


def name_in(method: str, locale: str) -> str:
    """The definition in words."""
    return say(QUANTILES[method], locale)
