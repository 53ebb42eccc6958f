"""MAVSDK 4.1.0 as a camera, with its camera server, under `picket-onboard`."""

import unittest

from mavsdk_autopilot import Autopilot
from mavsdk_camera import Camera
from onboard import Onboard


class MavsdkCamera(unittest.TestCase):
    """What a person at the operations room can make it do."""

    def setUp(self):
        self.onboard = Onboard()
        self.addCleanup(self.onboard.close)
        self.autopilot = Autopilot(self.onboard.port)
        self.addCleanup(self.autopilot.close)
        self.camera = Camera(self.onboard.payload_port)
        self.addCleanup(self.camera.close)
        self.onboard.wait_for("a state with a position", lambda state: state["latitude"] is not None)
        self.onboard.wait_for_log("component 100 is a camera")

    def order(self, line):
        answer = self.onboard.order(line)
        self.assertEqual(answer["stage"], "Done", f"{line}: {answer['why']}")

    def test_it_takes_one_photograph_an_order(self):
        self.order("photo")
        self.order("photo")
        self.assertEqual(self.camera.said(), ["photo", "photo"])

    def test_it_zooms_records_and_follows_a_region(self):
        for line in ("zoom 40", "record on", "record off", "follow 0.1 0.2 0.5 0.6", "unfollow"):
            self.order(line)
        self.assertEqual(self.camera.said(), ["zoom", "record", "stop", "follow", "unfollow"])
        values = dict(self.camera.heard)
        self.assertEqual(values["zoom"], 40.0)
        region = values["follow"]
        self.assertAlmostEqual(region.top_left_corner_x, 0.1, 6)
        self.assertAlmostEqual(region.bottom_right_corner_y, 0.6, 6)

    def test_a_zoom_that_is_none_is_refused_on_board(self):
        answer = self.onboard.order("zoom 140")
        self.assertEqual(answer["stage"], "Refused")
        self.assertIn("0 to 100 per cent", answer["why"])
        self.assertEqual(self.camera.said(), [])


if __name__ == "__main__":
    unittest.main()
