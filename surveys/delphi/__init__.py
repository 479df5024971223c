"""The Delphi method's rules, on plain values.

Here lives what a study fixes before its first round and what follows from it: scales and bands,
when a statement is in consensus, when it is stable, when a panel may stop, what returns, what an
expert is shown, what a round accepts and when. Everything is a frozen value that judges, says
itself in a sentence (English, Dutch, French, German), is stored as JSON and has a hash.

Nothing here knows a database, a request or a clock: times and counts are arguments. Numbers that
need more than counting come from `surveys.stats`, imported where they are used.
"""
