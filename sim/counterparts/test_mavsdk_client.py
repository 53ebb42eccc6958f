"""MAVSDK 4.1.0 as a ground station against simulated autopilots of both makes."""

import json
import tempfile
import unittest
from math import nan
from pathlib import Path

from mavsdk import Autopilot, Vehicle
from mavsdk.plugins.ftp import Ftp, FtpResult
from mavsdk.plugins.geofence import Circle, FenceType, Geofence, GeofenceData, Point, Polygon
from mavsdk.plugins.info import Info
from mavsdk.plugins.log_files import LogFiles, LogFilesResult
from mavsdk.plugins.mission import Mission, MissionItem, MissionPlan
from mavsdk.plugins.mission_raw import MissionItem as RawItem
from mavsdk.plugins.mission_raw import MissionRaw
from mavsdk.plugins.offboard import Offboard, PositionGlobalYaw, VelocityNedYaw
from mavsdk.plugins.param import Param, ParamError, ParamResult
from mavsdk.plugins.telemetry import FlightMode

from fleet import Never, until
from mavsdk_client import Client, metres_between

HOME = (54.3795, 10.1455)
# MAVLink's numbers.
WAYPOINT, TAKEOFF, RETURN, RALLY_POINT = 16, 22, 20, 5100
FRAME_GLOBAL, FRAME_RELATIVE, FRAME_RELATIVE_INT = 0, 3, 6
MISSION_TYPE_RALLY = 2


def grid(number):
    """Places on a lawn-mower pattern north-east of home, 22 m apart."""
    places = []
    for index in range(number):
        row, column = divmod(index, 10)
        column = column if row % 2 == 0 else 9 - column
        places.append((HOME[0] + 0.0002 * (row + 1), HOME[1] + 0.00035 * column))
    return places


def raw_item(seq, command, place, height_m, frame=FRAME_RELATIVE, kind=0, params=(0.0, 0.0, 0.0, 0.0)):
    e7 = [round(degrees * 1e7) for degrees in place]
    return RawItem(seq, frame, command, int(seq == 0), 1, *params, *e7, float(height_m), kind)


class Both:
    """What both makes must do."""

    ARGUMENTS = ()
    # An ArduPilot asks again for an item after a second of its own time, and refuses the one that then comes twice: at
    # ten times real time, MAVSDK has a tenth of a second to answer.
    SPEED = 10
    # A setting of the make that holds a number with a fraction, one that holds a whole one, and values within their
    # ranges.
    FRACTION = ("", 0.0)
    WHOLE = ("", 0)
    # Time-outs of a vehicle whose time runs faster than the station's: on the ground while armed, and between setpoints.
    PATIENT_INT = {}
    PATIENT_FLOAT = {}

    def setUp(self):
        self.client = Client(*self.ARGUMENTS, speed=self.SPEED)
        self.addCleanup(self.client.close)
        param = Param(self.client.system)
        for name, value in self.PATIENT_INT.items():
            param.set_param_int(name, value)
        for name, value in self.PATIENT_FLOAT.items():
            param.set_param_float(name, value)
        self.telemetry, self.action = self.client.telemetry, self.client.action

    def test_it_connects_and_says_what_it_is(self):
        system = self.client.system
        self.assertEqual(system.autopilot_type(), self.MAKE)
        self.assertEqual(system.vehicle_type(), Vehicle.MULTICOPTER)
        self.assertTrue(system.is_connected())
        version = until("a version", lambda: Info(system).get_version())
        self.assertEqual((version.flight_sw_major, version.flight_sw_minor), self.VERSION)

    def test_its_health_becomes_whole_once_it_knows_where_it_is(self):
        self.client.wait_until_ready()
        health = self.telemetry.health()
        for what in ("global_position", "local_position", "home_position"):
            self.assertTrue(getattr(health, f"is_{what}_ok"), what)
        self.assertTrue(health.is_armable)
        gps = self.telemetry.gps_info()
        self.assertGreaterEqual(gps.num_satellites, 6)
        self.assertLess(metres_between((self.client.position().latitude_deg, self.client.position().longitude_deg), HOME), 5)

    def test_parameters_are_listed_read_and_set_in_both_encodings(self):
        param = Param(self.client.system)
        every = param.get_all_params()
        self.assertGreater(len(every.int_params) + len(every.float_params), 20)
        name, value = self.FRACTION
        param.set_param_float(name, value)
        self.assertEqual(param.get_param_float(name), value)
        name, value = self.WHOLE
        param.set_param_int(name, value)
        self.assertEqual(param.get_param_int(name), value)

    def test_a_parameter_that_does_not_exist_is_met_with_silence(self):
        with self.assertRaises(ParamError) as refused:
            Param(self.client.system).get_param_float("NO_SUCH_THING")
        self.assertEqual(refused.exception.result, ParamResult.TIMEOUT)

    def test_a_mission_of_fifty_items_goes_up_comes_down_and_is_flown(self):
        raw = MissionRaw(self.client.system)
        self.client.wait_until_ready()
        sent = self.mission_items()
        self.assertEqual(len(sent), 50)
        raw.upload_mission(sent)
        back = raw.download_mission()
        self.assertEqual(len(back), 50)
        self.assertEqual([item.command for item in back], [item.command for item in sent])
        first = self.FIRST_ITEM
        places = [[(item.x, item.y) for item in items[first:-1]] for items in (sent, back)]
        self.assertEqual(*places)
        reached = []
        raw.subscribe_mission_progress(lambda progress, _: reached.append(progress.current))
        self.start_mission(raw)
        until("under way", lambda: self.telemetry.in_air())
        until("the last item", lambda: reached and reached[-1] >= 49, 120)
        self.assertEqual(sorted(set(reached)), list(dict.fromkeys(reached)), "items in order")
        self.client.wait_until_landed()
        at = self.client.position()
        self.assertLess(metres_between((at.latitude_deg, at.longitude_deg), HOME), 5)

    def test_a_fence_goes_up_comes_down_and_is_cleared(self):
        geofence = Geofence(self.client.system)
        self.client.wait_until_ready()
        corners = [(0.01, 0.01), (0.01, -0.01), (-0.01, -0.01), (-0.01, 0.01)]
        corners = [Point(HOME[0] + north, HOME[1] + east) for north, east in corners]
        keep_out = Circle(Point(HOME[0] + 0.005, HOME[1] + 0.005), 50.0, FenceType.EXCLUSION)
        geofence.upload_geofence(GeofenceData([Polygon(corners, FenceType.INCLUSION)], [keep_out]))
        back = geofence.download_geofence()
        self.assertEqual(len(back.polygons), 1)
        found = [(point.latitude_deg, point.longitude_deg) for point in back.polygons[0].points]
        for (latitude, longitude), corner in zip(found, corners, strict=True):
            self.assertAlmostEqual(latitude, corner.latitude_deg, 6)
            self.assertAlmostEqual(longitude, corner.longitude_deg, 6)
        self.assertEqual([(circle.radius, circle.fence_type) for circle in back.circles], [(50.0, FenceType.EXCLUSION)])
        geofence.clear_geofence()
        self.assertEqual(geofence.download_geofence().polygons, [])

    def test_rally_points_go_up_and_come_down(self):
        raw = MissionRaw(self.client.system)
        self.client.wait_until_ready()
        places = [(HOME[0] + 0.001, HOME[1]), (HOME[0], HOME[1] + 0.001)]
        points = [
            raw_item(seq, RALLY_POINT, place, 40, FRAME_RELATIVE, MISSION_TYPE_RALLY) for seq, place in enumerate(places)
        ]
        raw.upload_rally_points(points)
        back = raw.download_rallypoints()
        self.assertEqual([(item.x, item.y, item.z) for item in back], [(item.x, item.y, 40.0) for item in points])

    def test_it_takes_off_goes_somewhere_and_returns(self):
        self.client.climb(20)
        until("in the air", self.telemetry.in_air)
        there = (HOME[0] + 0.0009, HOME[1] + 0.0005)
        self.action.goto_location(*there, self.client.position().absolute_altitude_m + 10, nan)
        until("there", lambda: metres_between((self.client.position().latitude_deg, self.client.position().longitude_deg), there) < 3)
        until("10 m higher", lambda: abs(self.client.position().relative_altitude_m - 30) < 2)
        self.action.return_to_launch()
        until("returning", lambda: self.telemetry.flight_mode() == FlightMode.RETURN_TO_LAUNCH)
        self.client.wait_until_landed()
        at = self.client.position()
        self.assertLess(metres_between((at.latitude_deg, at.longitude_deg), HOME), 5)

    def test_it_holds_and_lands_where_it_is_told_to(self):
        self.client.climb(15)
        self.action.hold()
        until("holding", lambda: self.telemetry.flight_mode() == FlightMode.HOLD)
        self.action.land()
        until("landing", lambda: self.telemetry.flight_mode() == FlightMode.LAND)
        self.client.wait_until_landed()

    def test_it_follows_velocities_and_places_sent_from_offboard(self):
        self.client.climb(20)
        offboard = Offboard(self.client.system)
        offboard.set_velocity_ned(VelocityNedYaw(5.0, 0.0, 0.0, 0.0))
        offboard.start()
        self.assertTrue(offboard.is_active())
        until("flying north", lambda: self.telemetry.velocity_ned().north_m_s > 4)
        there = (HOME[0] + 0.0003, HOME[1] + 0.0006)
        rel_home = PositionGlobalYaw.AltitudeType.REL_HOME
        offboard.set_position_global(PositionGlobalYaw(*there, 25.0, 0.0, rel_home))
        until("there", lambda: metres_between((self.client.position().latitude_deg, self.client.position().longitude_deg), there) < 3)
        until("5 m higher", lambda: abs(self.client.position().relative_altitude_m - 25) < 2)
        offboard.stop()
        self.action.return_to_launch()
        self.client.wait_until_landed()

    def test_a_file_goes_up_by_ftp_comes_down_equal_and_is_removed(self):
        ftp = Ftp(self.client.system)
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder) / "orders.txt"
            local.write_bytes(bytes(range(256)) * 40)
            self.transfer(lambda done: ftp.upload_async(str(local), self.FTP_FOLDER, done))
            listed = ftp.list_directory(self.FTP_FOLDER)
            self.assertIn("orders.txt", [Path(entry.name).name for entry in listed.entries])
            remote = f"{self.FTP_FOLDER}/orders.txt"
            for burst in (False, True):
                into = Path(folder) / f"burst-{burst}"
                into.mkdir()
                self.transfer(lambda done: ftp.download_async(remote, str(into), burst, done))
                self.assertEqual((into / "orders.txt").read_bytes(), local.read_bytes())
            ftp.remove_file(remote)
            listed = ftp.list_directory(self.FTP_FOLDER)
            self.assertNotIn("orders.txt", [Path(entry.name).name for entry in listed.entries])

    def transfer(self, begin):
        """Begins a transfer and waits for its end."""
        results = []
        begin(lambda result, progress, _: results.append(result))
        until("the transfer has ended", lambda: results and results[-1] != FtpResult.NEXT)
        self.assertEqual(results[-1], FtpResult.SUCCESS)

    def test_the_log_of_a_flight_is_listed_and_downloaded_whole(self):
        self.client.climb(10)
        self.action.land()
        self.client.wait_until_landed()
        files = LogFiles(self.client.system)
        entry = until("a log that is not empty", lambda: [it for it in files.get_entries() if it.size_bytes > 0])[-1]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "flight.log"
            results = []
            files.download_log_file_async(entry, str(path), lambda result, progress, _: results.append(result))
            until("the log has come", lambda: results and results[-1] != LogFilesResult.NEXT)
            self.assertEqual(results[-1], LogFilesResult.SUCCESS)
            log = path.read_bytes()
        self.assertEqual(len(log), entry.size_bytes)
        self.assertEqual(log[: len(self.LOG_BEGINS)], self.LOG_BEGINS)

    def test_telemetry_comes_at_the_rate_it_was_asked_for(self):
        self.client.wait_until_ready()
        for rate_hz in (2, 10):
            self.telemetry.set_rate_position(float(rate_hz))
            # By the vehicle's own clock: a busy machine flies it slower than it was asked to.
            stamps_ms = []
            handle = self.client.direct.subscribe_message(
                "GLOBAL_POSITION_INT", lambda message, _: stamps_ms.append(json.loads(message.fields_json)["time_boot_ms"])
            )
            # The first may have been under way at the old rate.
            until("positions", lambda: len(stamps_ms) > 50)
            self.client.direct.unsubscribe_message(handle)
            between_s = (stamps_ms[50] - stamps_ms[10]) / 40 / 1000
            self.assertAlmostEqual(between_s * rate_hz, 1.0, delta=0.15)


class ArduPilot(Both, unittest.TestCase):
    """An ArduPilot copter."""

    MAKE = Autopilot.ARDUPILOT
    VERSION = (4, 5)
    FRACTION = ("WPNAV_ACCEL", 300.5)
    WHOLE = ("FS_GCS_ENABLE", 0)
    PATIENT_INT = {"DISARM_DELAY": 0}
    PATIENT_FLOAT = {"GUID_TIMEOUT": 60.0}
    # Item 0 is home, which the vehicle rewrites.
    FIRST_ITEM = 2
    FTP_FOLDER = "/APM"
    # A DataFlash record's two magic bytes, then the number of the record that describes records.
    LOG_BEGINS = bytes([0xA3, 0x95, 0x80])

    def mission_items(self):
        items = [raw_item(0, WAYPOINT, HOME, 0, FRAME_GLOBAL), raw_item(1, TAKEOFF, HOME, 20)]
        items += [raw_item(seq, WAYPOINT, place, 20) for seq, place in enumerate(grid(47), 2)]
        return [*items, raw_item(49, RETURN, (0, 0), 0)]

    def start_mission(self, raw):
        self.client.arm()
        raw.start_mission()

    def test_item_zero_is_home_whatever_was_sent(self):
        raw = MissionRaw(self.client.system)
        self.client.wait_until_ready()
        elsewhere = (HOME[0] + 1, HOME[1] + 1)
        raw.upload_mission([raw_item(0, WAYPOINT, elsewhere, 500, FRAME_GLOBAL), raw_item(1, TAKEOFF, HOME, 20)])
        first = raw.download_mission()[0]
        self.assertLess(metres_between((first.x / 1e7, first.y / 1e7), HOME), 5)

    def test_it_streams_nothing_until_it_is_asked(self):
        heard = []
        self.telemetry.subscribe_position(lambda position, _: heard.append(position))
        # Half a minute of the vehicle's time, in which it has long found its position.
        with self.assertRaises(Never):
            until("a position unasked", lambda: heard, 30 / self.SPEED)
        self.client.ask_for_streams()
        until("positions", lambda: heard)


class Px4(Both, unittest.TestCase):
    """A PX4 copter."""

    ARGUMENTS = ("--personality", "px4")
    MAKE = Autopilot.PX4
    VERSION = (1, 17)
    FRACTION = ("MPC_XY_CRUISE", 6.5)
    WHOLE = ("NAV_DLL_ACT", 2)
    PATIENT_FLOAT = {"COM_DISARM_PRFLT": -1.0, "COM_OF_LOSS_T": 60.0}
    FIRST_ITEM = 0
    FTP_FOLDER = "/fs/microsd"
    LOG_BEGINS = b"ULog"

    def mission_items(self):
        items = [raw_item(0, TAKEOFF, HOME, 20, FRAME_RELATIVE_INT)]
        items += [raw_item(seq, WAYPOINT, place, 20, FRAME_RELATIVE_INT) for seq, place in enumerate(grid(48), 1)]
        return [*items, raw_item(49, RETURN, (0, 0), 0, 2)]

    def start_mission(self, raw):
        self.client.arm()
        raw.start_mission()

    def test_a_mission_of_mavsdks_own_items_goes_up_and_comes_down(self):
        mission = Mission(self.client.system)
        self.client.wait_until_ready()
        places = grid(25)
        items = [MissionItem(*place, 20.0, 8.0, True) for place in places]
        mission.upload_mission(MissionPlan(items))
        back = mission.download_mission().mission_items
        for item, place in zip(back, places, strict=True):
            self.assertLess(metres_between((item.latitude_deg, item.longitude_deg), place), 0.1)
            self.assertEqual(item.speed_m_s, 8.0)
        mission.clear_mission()
        self.assertEqual(mission.download_mission().mission_items, [])

    def test_it_streams_unasked(self):
        heard = []
        self.telemetry.subscribe_position(lambda position, _: heard.append(position))
        until("a position unasked", lambda: heard)


if __name__ == "__main__":
    unittest.main()
