"""`picket-onboard files` and `picket-onboard logs` against MAVSDK as an autopilot and against both simulated makes."""

import tempfile
import unittest
from pathlib import Path

from mavsdk_client import Client
from fleet import Fleet
from mavsdk_autopilot import Autopilot
from onboard import errand, free_udp_port

CONTENT = bytes(range(256)) * 30


class Errands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="picket-errands-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check_files(self, autopilot, remote):
        """Puts a file, finds it in the list, gets it back the same, and removes it."""
        sent, back = self.folder / "orders.bin", self.folder / "back.bin"
        sent.write_bytes(CONTENT)
        name = f"{remote}/orders.bin"
        errand(self.folder, autopilot, "files", "put", sent, name)
        self.assertIn("orders.bin", errand(self.folder, autopilot, "files", "list", remote or "/"))
        errand(self.folder, autopilot, "files", "get", name, back)
        self.assertEqual(back.read_bytes(), CONTENT)
        errand(self.folder, autopilot, "files", "remove", name)
        self.assertNotIn("orders.bin", errand(self.folder, autopilot, "files", "list", remote or "/"))

    def test_files_of_mavsdk_as_an_autopilot(self):
        port = free_udp_port()
        autopilot = Autopilot(port)
        self.addCleanup(autopilot.close)
        root = self.folder / "root"
        root.mkdir()
        autopilot.files.set_root_dir(str(root))
        self.check_files(f"udpin:127.0.0.1:{port}", "")

    def test_files_of_a_simulated_ardupilot(self):
        fleet = Fleet(speed=5)
        self.addCleanup(fleet.stop)
        self.check_files(f"udpout:{fleet.addresses[0]}", "/APM")

    def test_files_of_a_simulated_px4(self):
        fleet = Fleet("--personality", "px4", speed=5)
        self.addCleanup(fleet.stop)
        self.check_files(f"udpout:{fleet.addresses[0]}", "/fs/microsd")

    def test_the_log_of_a_simulated_flight(self):
        client = Client(speed=20)
        self.addCleanup(client.close)
        client.climb(10)
        client.action.land()
        client.wait_until_landed()
        autopilot = f"udpout:{client.fleet.addresses[0]}"
        number = errand(self.folder, autopilot, "logs", "list").split()[0]
        log = self.folder / "flight.bin"
        errand(self.folder, autopilot, "logs", "get", number, log)
        self.assertEqual(log.read_bytes()[:3], bytes([0xA3, 0x95, 0x80]))


if __name__ == "__main__":
    unittest.main()
