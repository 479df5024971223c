"""A process that sends what is owed until nothing is, and can be killed at any moment.

Its clock is set by whoever starts it and moves on between sweeps, so that leases end and pauses are
over without anybody waiting.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

STEP = timedelta(minutes=10)
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120


class Sender:
    """The process, as the test holds it."""

    def __init__(self, instance: Path, settings: dict[str, Any], at: datetime) -> None:
        words = [str(instance), json.dumps(settings), at.isoformat()]
        self._process = subprocess.Popen([sys.executable, "-m", __name__, *words], cwd=ROOT)

    def kill_once(self, reached: Callable[[], bool]) -> None:
        """Kill it without a word as soon as something is reached."""
        end = time.monotonic() + PATIENCE
        while not reached():
            assert self._process.poll() is None, "the sender ended before it could be killed"
            assert time.monotonic() < end, "the sender never came so far"
            time.sleep(0.002)
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL


def send_all(app: Flask, at: datetime) -> None:
    """Sweep until nothing is owed any more."""
    from sqlalchemy import func, select

    from surveys import worker
    from surveys.models.base import db
    from surveys.models.invitation import MailState, Outbox

    owed = (MailState.QUEUED, MailState.SENDING)
    while True:
        worker.sweep(app, at)
        with app.app_context():
            left = db.session.scalar(select(func.count(Outbox.id)).where(Outbox.state.in_(owed)))
            db.session.remove()
        if not left:
            return
        at += STEP


if __name__ == "__main__":
    from surveys import create_app

    made = create_app(sys.argv[1], **json.loads(sys.argv[2]))
    send_all(made, datetime.fromisoformat(sys.argv[3]))
