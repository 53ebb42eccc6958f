"""Simulated vehicles for one test, and how a test waits for something."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = (ROOT / os.environ.get("CARGO_TARGET_DIR", "target")).resolve() / "debug"

# How long a thing that has to happen may take before the test fails, in seconds on the wall clock. Far more than any
# of them takes on an idle machine.
PATIENCE_S = 60.0
# How often a condition that nobody announces is looked at again.
LOOK_AGAIN_S = 0.02


class Never(AssertionError):
    """What was waited for did not come."""


def until(what, so, within_s=PATIENCE_S):
    """Waits until `so()` is true and gives back what it gave; fails with the words `what` when it never is."""
    end = time.monotonic() + within_s
    while True:
        found = so()
        if found:
            return found
        if time.monotonic() > end:
            raise Never(f"not within {within_s:.0f} s: {what}")
        time.sleep(LOOK_AGAIN_S)


class Fleet:
    """`picket-sim fleet`, on ports that the operating system chose."""

    def __init__(self, *arguments, line="--udp-in", speed=1):
        self.folder = tempfile.TemporaryDirectory(prefix="picket-fleet-")
        self.report_path = Path(self.folder.name) / "report.json"
        command = [PROGRAMS / "picket-sim", "fleet", line, "0", "--speed", str(speed), "--report", self.report_path]
        self.process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
        self.addresses = []
        for said in self.process.stdout:
            if said.startswith("flying"):
                return
            self.addresses.append(re.search(r"127\.0\.0\.1:\d+", said)[0])
        raise AssertionError(f"picket-sim ended with {self.process.wait()} before it flew")

    def stop(self):
        """Ends it and gives back its statistics."""
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.read()
        status = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        report = json.loads(self.report_path.read_text()) if status == 0 else None
        self.folder.cleanup()
        if report is None:
            raise AssertionError(f"picket-sim ended with {status}")
        return report
