"""A Delphi collected elsewhere: read its files, compute what a study of ours would show.

Here belongs what turns files of ratings into one analysis of plain values: no request, no
database, no rows. ``surveys.services.analysing_elsewhere`` puts the parts together;
``docs/analyse.md`` names every key of the result.
"""
