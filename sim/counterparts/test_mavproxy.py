"""MAVProxy 1.8.75, as a person types at it, against a simulated copter of each make."""

import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import pexpect

from fleet import PATIENCE_S, Fleet, until

# Within a second of its own time an ArduPilot asks again for an item, and refuses the one that then comes twice: MAVProxy
# has a quarter of a second to answer, on a machine that may be busy.
SPEED = 4
HOME = (54.3795, 10.1455)
MODULES = "arm,cmdlong,fence,ftp,log,misc,mode,param,rally,wp"


def waypoint_file(rows):
    """Mission Planner's file: number, current, frame, command, four parameters, latitude, longitude, altitude, go on."""
    lines = ["QGC WPL 110"]
    for number, (frame, command, params, (latitude, longitude), altitude) in enumerate(rows):
        cells = [number, int(number == 0), frame, command, *params, f"{latitude:.8f}", f"{longitude:.8f}", altitude, 1]
        lines.append("\t".join(map(str, cells)))
    return "\n".join(lines) + "\n"


def round_trip(zero_is_home):
    """Take-off, four corners, return; with home first where the make keeps it there."""
    still = (0, 0, 0, 0)
    corners = [(0.0006, 0.0), (0.0006, 0.001), (0.0, 0.001), (0.0003, 0.0005)]
    rows = [(0, 16, still, HOME, 0)] if zero_is_home else []
    rows += [(3, 22, still, HOME, 20)]
    rows += [(3, 16, still, (HOME[0] + north, HOME[1] + east), 20) for north, east in corners]
    return [*rows, (3, 20, still, (0, 0), 0)]


class MavProxy:
    """What it must do with both makes."""

    ARGUMENTS = ()
    ZERO_IS_HOME = True
    SETTING, VALUE = "WPNAV_SPEED", "850"
    FILES = "/APM"
    LOG_BEGINS = bytes([0xA3, 0x95, 0x80])
    RETURN = "mode RTL"
    # It stays armed on the ground however long a person takes to type, and does not take a station that was kept waiting for
    # its turn for a lost one.
    SETTINGS = ("DISARM_DELAY 0", "FS_GCS_TIMEOUT 60")

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="picket-mavproxy-"))
        self.addCleanup(shutil.rmtree, self.folder)
        fleet = Fleet(*self.ARGUMENTS, line="--tcp", speed=SPEED)
        self.addCleanup(fleet.stop)
        command = Path(sys.executable).with_name("mavproxy.py")
        arguments = [
            f"--master=tcp:{fleet.addresses[0]}",
            f"--state-basedir={self.folder}",
            f"--default-modules={MODULES}",
        ]
        # Its own settings are nobody else's.
        environment = {**os.environ, "HOME": str(self.folder)}
        self.proxy = pexpect.spawn(
            sys.executable,
            [str(command), *arguments],
            timeout=PATIENCE_S,
            encoding="utf-8",
            codec_errors="replace",
            env=environment,
            cwd=self.folder,
            dimensions=(200, 200),
        )
        self.addCleanup(self.proxy.close, force=True)
        self.proxy.setecho(False)
        self.expect(r"Received \d+ parameters")
        # Once a second in the vehicle's time.
        self.type(f"set heartbeat {SPEED}")
        for setting in self.SETTINGS:
            self.type(f"param set {setting}")

    def type(self, line, *expected):
        """Types a line, and waits for what it must bring, in that order."""
        self.proxy.sendline(line)
        for pattern in expected:
            self.expect(pattern)

    def expect(self, pattern):
        try:
            self.proxy.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF):
            said = self.proxy.before or ""
            raise AssertionError(f"MAVProxy never said {pattern!r}. Its last words: {said[-1500:]}") from None
        return self.proxy.match

    def again_until(self, line, pattern):
        """Types a line again and again until it brings what it must: for what is refused until the vehicle is ready."""
        for _ in range(int(PATIENCE_S)):
            self.proxy.sendline(line)
            if self.proxy.expect([pattern, pexpect.TIMEOUT], timeout=1) == 0:
                return
        raise AssertionError(f"{line!r} never brought {pattern!r}")

    def arm(self):
        self.again_until("arm throttle", r"ARMED")

    def test_a_setting_is_changed_and_read_back(self):
        # It sends what was typed when it has the time, and shows what the vehicle said last: the new value once that is set.
        self.type(f"param set {self.SETTING} {self.VALUE}")
        self.again_until(f"param show {self.SETTING}", rf"{self.SETTING}\s+{self.VALUE}\.0")
        self.type(f"param fetch {self.SETTING}", rf"{self.SETTING} = {self.VALUE}\.0")

    def test_waypoints_go_up_come_down_equal_and_are_flown(self):
        sent = round_trip(self.ZERO_IS_HOME)
        (self.folder / "plan.txt").write_text(waypoint_file(sent))
        self.type("wp load plan.txt", rf"Loaded {len(sent)} waypoints from plan.txt", r"(?i)mission_?ack.*ACCEPTED|Flight plan received")
        self.type("wp list", rf"Saved {len(sent)} waypoints to \S*way.txt")
        self.type("wp save back.txt", rf"Saved {len(sent)} waypoints to back.txt")
        rows = [line.split("\t") for line in (self.folder / "back.txt").read_text().splitlines()[1:]]
        self.assertEqual([int(row[3]) for row in rows], [command for _, command, *_ in sent])
        first = 2 if self.ZERO_IS_HOME else 1
        for row, (_, _, _, place, altitude) in list(zip(rows, sent))[first:-1]:
            self.assertAlmostEqual(float(row[8]), place[0], 6)
            self.assertAlmostEqual(float(row[9]), place[1], 6)
            self.assertAlmostEqual(float(row[10]), altitude, 3)
        self.fly_the_mission()

    def fly_the_mission(self):
        self.type("mode GUIDED", r"Mode GUIDED")
        self.arm()
        # An ArduPilot copter on the ground waits for this before it takes off by itself.
        self.type("long MISSION_START 0 0", r"MISSION_START: ACCEPTED", r"Mode AUTO")
        for number in range(2, 6):
            self.expect(rf"Reached command #{number}")
        self.expect("DISARMED")

    def test_a_fence_goes_up_and_comes_down_equal(self):
        corners = [(0.01, 0.01), (0.01, -0.01), (-0.01, -0.01), (-0.01, 0.01)]
        rows = [(3, 5001, (4, 0, 0, 0), (HOME[0] + north, HOME[1] + east), 0) for north, east in corners]
        self.again_until_home_is_known()
        (self.folder / "fence.txt").write_text(waypoint_file(rows))
        self.type("fence load fence.txt", r"Loaded 4 fence items from fence.txt", r"(?i)mission_?ack.*ACCEPTED|Fence Indexed OK|Geofence")
        self.type("fence list", r"Saved 4 fence items to \S*fence-items.txt")
        self.type("fence save fence-back.txt", r"Saved 4 fence items to fence-back.txt")
        back = [line.split("\t") for line in (self.folder / "fence-back.txt").read_text().splitlines()[1:]]
        for row, (_, command, _, place, _) in zip(back, rows, strict=True):
            self.assertEqual(int(row[3]), command)
            self.assertAlmostEqual(float(row[8]), place[0], 6)
            self.assertAlmostEqual(float(row[9]), place[1], 6)

    def again_until_home_is_known(self):
        self.again_until("status HOME_POSITION", r"latitude ?: ?5437")

    def test_rally_points_go_up_and_come_down_equal(self):
        places = [(HOME[0] + 0.001, HOME[1]), (HOME[0], HOME[1] + 0.001)]
        rows = [(3, 5100, (0, 0, 0, 0), place, 40) for place in places]
        (self.folder / "rally.txt").write_text(waypoint_file(rows))
        self.type("rally load rally.txt", r"Loaded 2 rally items from rally.txt", r"(?i)mission_?ack.*ACCEPTED|rally")
        self.type("rally list", r"Saved 2 rally items to \S*rally-items.txt")
        self.type("rally save rally-back.txt", r"Saved 2 rally items to rally-back.txt")
        back = [line.split("\t") for line in (self.folder / "rally-back.txt").read_text().splitlines()[1:]]
        for row, (_, command, _, place, altitude) in zip(back, rows, strict=True):
            self.assertEqual(int(row[3]), command)
            self.assertAlmostEqual(float(row[8]), place[0], 6)
            self.assertAlmostEqual(float(row[9]), place[1], 6)
            self.assertAlmostEqual(float(row[10]), altitude, 3)

    def test_it_takes_off_returns_and_its_log_is_listed_and_downloaded(self):
        self.take_off()
        self.type(self.RETURN, r"Mode RTL")
        self.expect("DISARMED")
        self.type("log list", r"Log (\d+)  numLogs (\d+) lastLog \d+ size (\d+)")
        number, size = int(self.proxy.match[1]), int(self.proxy.match[3])
        self.assertGreater(size, 0)
        self.type(f"log download {number} flight.log", r"Finished downloading flight.log")
        until("the log is as long as it was listed", lambda: (self.folder / "flight.log").stat().st_size == size)
        log = (self.folder / "flight.log").read_bytes()
        self.assertEqual(log[: len(self.LOG_BEGINS)], self.LOG_BEGINS)

    def take_off(self):
        self.type("mode GUIDED", r"Mode GUIDED")
        self.arm()
        self.type("takeoff 15", r"TAKEOFF: ACCEPTED")
        self.again_until("status VFR_HUD", r"alt ?: ?(2[5-9]|3\d)")


class WithArduPilot(MavProxy, unittest.TestCase):
    """And with an ArduPilot alone: MAVProxy chooses the numbers of FTP sessions, which is a PX4's own to do."""

    def test_a_file_goes_up_by_ftp_is_listed_comes_down_equal_and_is_removed(self):
        content = bytes(range(256)) * 20
        (self.folder / "orders.bin").write_bytes(content)
        self.type(f"ftp put orders.bin {self.FILES}/orders.bin", rf"Sent file of length {len(content)}")
        self.type(f"ftp list {self.FILES}", rf"orders.bin\s+{len(content)}")
        self.type(f"ftp get {self.FILES}/orders.bin back.bin", rf"Wrote {len(content)} bytes to back.bin")
        # MAVProxy says so before it has closed the file.
        until("the file has come back equal", lambda: (self.folder / "back.bin").read_bytes() == content)
        self.type(f"ftp rm {self.FILES}/orders.bin")
        self.type(f"ftp list {self.FILES}", r"Total size")
        self.assertNotIn("orders.bin", self.proxy.before.rpartition("Listing")[2])


class WithPx4(MavProxy, unittest.TestCase):
    """And with a PX4."""

    ARGUMENTS = ("--personality", "px4")
    ZERO_IS_HOME = False
    SETTING, VALUE = "MPC_XY_CRUISE", "6"
    FILES = "/fs/microsd"
    LOG_BEGINS = b"ULog"
    RETURN = "long DO_SET_MODE 1 4 5"
    # And it climbs to 15 m, as the other does when it is told to.
    SETTINGS = ("COM_DISARM_PRFLT -1", "MIS_TAKEOFF_ALT 15")

    def fly_the_mission(self):
        self.arm()
        # MAVProxy's `mode` cannot put PX4's three numbers into the command; 4 is AUTO, and 4 in it is MISSION.
        self.type("long DO_SET_MODE 1 4 4", r"Mode MISSION")
        # It says nothing of what it has reached; item 5 is the way home.
        self.again_until("status MISSION_CURRENT", r"seq ?: ?5\b")
        self.expect("DISARMED")

    def take_off(self):
        self.arm()
        self.type("long DO_SET_MODE 1 4 2", r"Mode TAKEOFF")
        self.again_until("status VFR_HUD", r"alt ?: ?(2[5-9]|3\d)")


if __name__ == "__main__":
    unittest.main()
