"""Small distributions printed in papers and manuals, retyped with their sources.

Counts are per category, from the lowest to the highest point.
"""

# van der Eijk C, Qual Quant 2001;35:325-41, p. 331: seven points, 1,000 respondents, with the
# score of each layer as printed in the agrmt vignette (layer height x filled points, score).
VAN_DER_EIJK = (30, 40, 210, 130, 530, 50, 10)
VAN_DER_EIJK_A = 0.6113333
VAN_DER_EIJK_LAYERS = (
    ((1, 1, 1, 1, 1, 1, 1), 0.0),
    ((1, 1, 1, 1, 1, 1, 0), 0.167),
    ((0, 1, 1, 1, 1, 1, 0), 0.333),
    ((0, 0, 1, 1, 1, 1, 0), 0.5),
    ((0, 0, 1, 1, 1, 0, 0), 0.667),
    ((0, 0, 1, 0, 1, 0, 0), 0.467),
    ((0, 0, 0, 0, 1, 0, 0), 1.0),
)
# The same article: where voters place two parties, in tenths of a percent; A to two places.
PVDA, PVDA_A = (24, 28, 32, 62, 135, 304, 416), 0.61
D66, D66_A = (16, 26, 82, 210, 293, 270, 103), 0.48

# Manual of R's agrmt 1.42 for the first distribution.
AGRMT_POLARISATION = 0.1943333
AGRMT_CONSENSUS = 0.7256876
AGRMT_LEIK = 0.287

# Tastle WJ, Wierman MJ, Int J Approx Reason 2007;45:531-45: five points, consensus to three
# places.
TASTLE_WIERMAN, TASTLE_WIERMAN_CONSENSUS = (19, 16, 26, 29, 10), 0.518

# Pfister R et al., Front Psychol 2013;4:700: eleven points, bimodality coefficient to two places.
PFISTER_ONE_PEAK, PFISTER_ONE_PEAK_BC = (3, 5, 5, 10, 17, 20, 17, 10, 5, 5, 3), 0.34
PFISTER_TWO_PEAKS, PFISTER_TWO_PEAKS_BC = (2, 26, 14, 6, 2, 0, 2, 6, 14, 26, 2), 0.79
