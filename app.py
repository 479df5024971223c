"""WSGI and `flask` entry: makes the app, nothing else."""

from surveys import create_app

app = create_app()
