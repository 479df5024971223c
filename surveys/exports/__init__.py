"""One neutral table in, one file out. No queries here, and nothing that knows a study."""
