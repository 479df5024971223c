"""Published tables for content validity panels, retyped with their sources."""

# Ayre C, Scally AJ, Meas Eval Couns Dev 2014;47:79-86: experts, how many must call the item
# essential, critical CVR to three places.
AYRE_SCALLY = {
    5: (5, 1.0), 6: (6, 1.0), 7: (7, 1.0), 8: (7, 0.75), 9: (8, 0.778), 10: (9, 0.8),
    11: (9, 0.636), 12: (10, 0.667), 13: (10, 0.538), 14: (11, 0.571), 15: (12, 0.6),
    20: (15, 0.5), 40: (26, 0.3),
}  # fmt: skip

# Polit DF, Beck CT, Owen SV, Res Nurs Health 2007;30:459-67, table 3: experts, of whom call it
# relevant, I-CVI, probability of chance agreement, modified kappa. The paper itself was not at
# hand: the row of seven experts was read in BMC Res Notes 2016, doi 10.1186/s13104-016-2249-2,
# table 4; the others are quoted as they circulate, to two places.
POLIT_KAPPA = (
    (3, 3, 1.00, 0.125, 1.00),
    (3, 2, 0.67, 0.375, 0.47),
    (4, 3, 0.75, 0.25, 0.67),
    (5, 4, 0.80, 0.156, 0.76),
    (6, 5, 0.83, 0.094, 0.81),
    (7, 6, 0.86, 0.055, 0.85),
    (8, 7, 0.88, 0.031, 0.88),
    (8, 6, 0.75, 0.109, 0.72),
    (9, 8, 0.89, 0.018, 0.89),
    (9, 7, 0.78, 0.070, 0.76),
)
