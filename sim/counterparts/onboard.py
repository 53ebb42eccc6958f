"""`picket-onboard` as it runs, and an operator on the bus."""

import json
import queue
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from fleet import PATIENCE_S, PROGRAMS, Never, until

CONFIGURATION = """\
vehicle = "heron-1"
kind = "multirotor"
system = 1
undulation_m = 40.0
autopilot = "{autopilot}"
journal = "{folder}/journal"

[bus]
site = "kiel"
connect = ["{bus}"]

{payload}
"""


def free_udp_port():
    """A port that nobody has just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configured(folder, autopilot, bus="tcp/127.0.0.1:1", payload_port=None):
    """Writes a vehicle's configuration and gives back where it is."""
    path = Path(folder) / "vehicle.toml"
    payload = f'[[payload]]\nport = "udpin:127.0.0.1:{payload_port}"' if payload_port else ""
    path.write_text(CONFIGURATION.format(autopilot=autopilot, folder=folder, bus=bus, payload=payload))
    return path


def errand(folder, autopilot, *words):
    """Has `picket-onboard` do one thing on the vehicle, as a person beside it does, and gives back what it printed."""
    command = [PROGRAMS / "picket-onboard", "--config", configured(folder, autopilot), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: {done.stderr[-2000:]}")
    return done.stdout


class Onboard:
    """The companion computer's program between an autopilot and an operator."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="picket-onboard-")
        self.operator = subprocess.Popen(
            [PROGRAMS / "examples" / "operator"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        bus = json.loads(self.operator.stdout.readline())["listening"]
        self.port, self.payload_port = free_udp_port(), free_udp_port()
        path = configured(self.folder.name, f"udpin:127.0.0.1:{self.port}", bus, self.payload_port)
        self.log_path = Path(self.folder.name) / "log"
        with self.log_path.open("w") as log:
            self.program = subprocess.Popen([PROGRAMS / "picket-onboard", "--config", path], stderr=log)
        self.state = None
        self.answers = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.operator.stdout:
            said = json.loads(line)
            if "state" in said:
                self.state = said["state"]
            else:
                self.answers.put(said)

    def order(self, line):
        """Gives an order and waits for its last answer."""
        self.operator.stdin.write(line + "\n")
        while True:
            try:
                answer = self.answers.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise Never(f"{line!r} was never answered; the log: {self.log_path.read_text()[-2000:]}") from None
            if answer["stage"] != "Accepted":
                return answer

    def wait_for(self, what, so):
        """Waits for a state of the vehicle of which something is so."""
        try:
            until(what, lambda: self.state and so(self.state))
        except Never:
            raise Never(f"{what}; the last state: {self.state}; the log: {self.log_path.read_text()[-2000:]}") from None

    def wait_for_log(self, words):
        """Waits until it has said something in its log."""
        until(f"{words!r} in the log", lambda: words in self.log_path.read_text())

    def close(self):
        self.program.send_signal(signal.SIGTERM)
        status = self.program.wait(PATIENCE_S)
        self.operator.stdin.close()
        self.operator.wait(PATIENCE_S)
        self.operator.stdout.close()
        log = self.log_path.read_text()
        self.folder.cleanup()
        if status != 0:
            raise AssertionError(f"picket-onboard ended with {status}: {log[-2000:]}")
