"""A deep stack hands an interrupt on, and what it runs has ended when the caller goes on."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from porter.project.stack import deeply


def test_ctrl_c_ends_what_runs_there() -> None:
    began, ended = threading.Event(), threading.Event()

    @deeply
    def work() -> None:
        began.set()
        try:
            while True:
                time.sleep(0.01)
        finally:
            ended.set()

    def interrupt() -> None:
        began.wait()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert ended.is_set()
