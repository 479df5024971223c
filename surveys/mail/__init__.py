"""What is written to experts, and the ways out. Knows neither rows nor requests: it is given plain values."""
