"""Messages and the ways out. Knows neither rows nor requests: it is given a Message and sends it."""
