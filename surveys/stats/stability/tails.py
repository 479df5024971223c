"""Tail probabilities of the normal and the chi-square distribution; NaN where asked of NaN."""

import math

import numpy as np

from surveys.stats.ratings import FloatArray, IntArray


def two_sided_normal(z: FloatArray) -> FloatArray:
    return np.array([math.erfc(abs(value) / math.sqrt(2.0)) for value in z.tolist()])


def upper_normal(z: FloatArray) -> FloatArray:
    return np.array([math.erfc(value / math.sqrt(2.0)) / 2.0 for value in z.tolist()])


def chi_square_tail(statistic: FloatArray, df: IntArray) -> FloatArray:
    from scipy import special

    p = np.full(statistic.shape, np.nan)
    defined = (df > 0) & ~np.isnan(statistic)
    p[defined] = special.chdtrc(df[defined], statistic[defined])
    return p
