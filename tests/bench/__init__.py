"""What things cost on this machine: `python3 run.py bench`. Timings live here, never in tests."""
