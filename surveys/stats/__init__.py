"""The numbers of a Delphi panel, as pure functions: numpy and scipy in, frozen dataclasses out.

Here belongs what can be computed from ratings alone. What a number *means* for a study
(consensus in, carry forward, stop) is a rule and lives in ``surveys.delphi``; this package never
imports it, nor Flask, nor a database.

The conventions of every module, so that its functions need not repeat them:

Orientation
    Ratings are a float array of shape (experts, items); one item is (experts,). Never the
    transpose. What needs only a distribution takes a ``counts.CountTable`` of shape
    (items, categories) instead, so that its cost does not grow with the panel and a database can
    deliver the counts.
Missing
    NaN is the only missing value in an array. Why a rating is missing (not shown, skipped, unable
    to judge, withdrawn) stays outside; functions count, they never impute. Results carry the ``n``
    they used.
Scale
    Every point of the scale is passed, used or not, because leaving out an unused end changes
    every measure of spread and agreement.
Units
    Shares are proportions from 0 to 1. Median, mean, SD, quartiles, IQR and MAD are in scale
    points. Coefficients have no unit. Nothing is rounded. Verdicts compare exact counts.
Options
    Keyword-only. A quantile is always asked for with the name of its definition.
Errors
    Wrong input raises ``ValueError`` naming the offending value. Nothing is repaired in silence.
Undefined
    A documented outcome with a reason: ``None`` in a scalar field, NaN in a vector over items,
    never 0 or 1. The reasons are sentences: ``ratings.NOBODY_RATED``, ``ratings.ONE_RATING`` and
    their kin; ``item_table.ItemTable.reasons`` gives them per item and statistic.
Results
    Frozen dataclasses, or one float array of shape (items,) where there is one number per item.
    Arrays in results are read-only where they are shared.

Import modules, not names: ``from surveys.stats import centre`` and then ``centre.median(...)``.
``scipy`` is imported inside the functions that need it, because importing ``scipy.stats`` takes
longer than any table here.
"""
