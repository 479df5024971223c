"""The app behind the production server of a laptop, on a port of this machine."""

from __future__ import annotations

import itertools
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from flask import Flask
from waitress.server import create_server

ROOT = Path(__file__).resolve().parents[2]
# How long a process may take to serve on a busy machine, in seconds.
LONGEST_START = 60


# Ports that systems give to nobody by themselves, and no browser refuses: a port that is free now is
# free when its server starts. Test processes side by side begin at different places.
PORTS = range(11_000, 32_000)
_taken = itertools.count(random.SystemRandom().randrange(len(PORTS)))


def free_port() -> int:
    """A port that nobody uses now, and none that was given before."""
    while True:
        port = PORTS[next(_taken) % len(PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@contextmanager
def served(app: Flask, port: int) -> Iterator[str]:
    """Serve the app in threads of this process."""
    server = create_server(app, host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.close()
    thread.join(5)


@contextmanager
def server_process(app: Flask, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The same installation served by a process of its own, which can be killed."""
    configured = app.extensions["rondo.config"]
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "serve", "--port", str(port)],
        cwd=ROOT,
        env={
            **os.environ,
            "RONDO_INSTANCE": configured.instance,
            "RONDO_DATABASE_URL": configured.database_url,
            "RONDO_LINK_KEY": configured.link_key,
            "RONDO_PUBLIC_URL": configured.public_url,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + LONGEST_START
        while not _answers(port):
            assert process.poll() is None, "the server did not start"
            assert time.monotonic() < until, "the server did not answer"
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except OSError:
        return False
