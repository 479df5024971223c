"""Published examples of the RAND/UCLA appropriateness method, retyped with their sources."""

# BMJ Open 2012;2:e001431, table 1, criterion one of round one: 15 panellists on 1 to 9.
# The table prints median 7, P30 7, P70 8, IPR 1.0, IPRAS 6.1, accepted, no disagreement.
CRITERION_ONE = (0, 0, 1, 1, 0, 1, 5, 5, 2)

# BMC Med Inform Decis Mak 2012;12:93, table 7: panel size, most experts outside the median's
# region in agreement, fewest experts at each end in disagreement.
CLASSIC_LIMITS = {
    8: (2, 3), 9: (2, 3), 10: (2, 3),
    11: (3, 4), 12: (3, 4), 13: (3, 4),
    14: (4, 5), 15: (4, 5), 16: (4, 5),
}  # fmt: skip
