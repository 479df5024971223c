"""Acts. Plain functions: the session first, the clock passed in; they flush and never commit.

Here belongs what changes a study. What may happen when, and what numbers mean, is asked of
``surveys.delphi``; what a page shows is read by ``surveys.queries``. No request, no Flask.
"""
