"""pymavlink 2.4.50, message by message, against a simulated copter of each make."""

import os
import struct
import tempfile
import time
import unittest
from pathlib import Path

os.environ["MAVLINK20"] = "1"

from pymavlink import mavftp, mavutil, mavwp  # noqa: E402
from pymavlink.dialects.v20 import ardupilotmega as mavlink  # noqa: E402

from fleet import PATIENCE_S, Fleet, Never  # noqa: E402

SPEED = 10
HOME = (54.3795, 10.1455)
MISSION, FENCE, RALLY = (
    mavlink.MAV_MISSION_TYPE_MISSION,
    mavlink.MAV_MISSION_TYPE_FENCE,
    mavlink.MAV_MISSION_TYPE_RALLY,
)


class Station:
    """A ground station as a script has it: one link, one message after the other."""

    def __init__(self, address):
        self.link = mavutil.mavlink_connection(f"udpout:{address}", dialect="ardupilotmega", source_system=255)
        self.beat_at = 0.0
        self.wait("the vehicle's heartbeat", "HEARTBEAT", lambda beat: beat.get_srcComponent() == 1)
        self.link.target_system, self.link.target_component = 1, 1

    def beat(self):
        # Once a second in the vehicle's time.
        if time.monotonic() - self.beat_at > 1 / SPEED:
            self.beat_at = time.monotonic()
            self.link.mav.heartbeat_send(mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, 0)

    def wait(self, what, kinds, so=lambda message: True, within_s=PATIENCE_S):
        """The next message of a kind of which something is so."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            self.beat()
            message = self.link.recv_match(type=kinds, blocking=True, timeout=0.05)
            if message is not None and so(message):
                return message
        raise Never(f"not within {within_s:.0f} s: {what}")

    def command(self, command, *params):
        """Sends a command and gives back its result."""
        params = (*params, *([0] * (7 - len(params))))
        self.link.mav.command_long_send(1, 1, command, 0, *params)
        return self.wait(f"an answer to {command}", "COMMAND_ACK", lambda ack: ack.command == command).result

    def ask_for(self, message, rate_hz):
        """Asks for a message so many times a second, in the vehicle's time."""
        result = self.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, message, 1e6 / rate_hz)
        if result != mavlink.MAV_RESULT_ACCEPTED:
            raise AssertionError(f"message {message} is not to be had: {result}")

    def upload(self, items, kind):
        """Uploads a list and gives back how that ended."""
        self.link.mav.mission_count_send(1, 1, len(items), kind)
        asked = []
        while True:
            answer = self.wait("what the vehicle wants next", ["MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK"])
            if answer.mission_type != kind:
                continue
            if answer.get_type() == "MISSION_ACK":
                return answer.type, asked
            asked.append(answer.get_type())
            self.link.mav.send(items[answer.seq])

    def download(self, kind):
        self.link.mav.mission_request_list_send(1, 1, kind)
        count = self.wait("a count", "MISSION_COUNT", lambda it: it.mission_type == kind).count
        items = []
        for seq in range(count):
            self.link.mav.mission_request_int_send(1, 1, seq, kind)
            so = lambda it, seq=seq: (it.seq, it.mission_type) == (seq, kind)  # noqa: E731
            items.append(self.wait(f"item {seq}", "MISSION_ITEM_INT", so))
        self.link.mav.mission_ack_send(1, 1, mavlink.MAV_MISSION_ACCEPTED, kind)
        return items

    def arm(self):
        """Arms, again and again until the vehicle is ready."""
        for _ in range(int(PATIENCE_S * 5)):
            if self.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1) == mavlink.MAV_RESULT_ACCEPTED:
                return
            self.wait("another heartbeat", "HEARTBEAT")
        raise Never("armed")

    def wait_until_disarmed(self):
        armed = mavlink.MAV_MODE_FLAG_SAFETY_ARMED
        self.wait("disarmed", "HEARTBEAT", lambda it: it.get_srcComponent() == 1 and not it.base_mode & armed, 2 * PATIENCE_S)


def item(seq, command, place, altitude, kind=MISSION, params=(0, 0, 0, 0), frame=mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT):
    e7 = [round(degrees * 1e7) for degrees in place]
    return mavlink.MAVLink_mission_item_int_message(
        1, 1, seq, frame, command, int(seq == 0), 1, *params, *e7, altitude, kind
    )


class ArduPilot(unittest.TestCase):
    """What an ArduPilot copter must do."""

    ARGUMENTS = ()
    AUTOPILOT = mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA
    SETTING, VALUE = "RTL_ALT", 2500
    ASKS_WITH = "MISSION_REQUEST"
    FILES = "/APM"
    # How high a take-off goes, at least, in millimetres, and the setting that keeps it armed on the ground meanwhile.
    CLIMBS_MM = 10_000
    STAY_ARMED = ("DISARM_DELAY", 0.0)

    def setUp(self):
        fleet = Fleet(*self.ARGUMENTS, speed=SPEED)
        self.addCleanup(fleet.stop)
        self.station = Station(fleet.addresses[0])
        self.addCleanup(self.station.link.close)
        name, value = self.STAY_ARMED
        self.station.link.mav.param_set_send(1, 1, name.encode(), value, mavlink.MAV_PARAM_TYPE_REAL32)
        self.station.wait("the setting", "PARAM_VALUE", lambda it: (it.param_id, it.param_value) == (name, value))

    def mission(self):
        corners = [(0.0006, 0.0), (0.0006, 0.001), (0.0, 0.001)]
        places = [(HOME[0] + north, HOME[1] + east) for north, east in corners]
        items = [item(0, mavlink.MAV_CMD_NAV_WAYPOINT, HOME, 0), item(1, mavlink.MAV_CMD_NAV_TAKEOFF, HOME, 20)]
        items += [item(seq, mavlink.MAV_CMD_NAV_WAYPOINT, place, 20) for seq, place in enumerate(places, 2)]
        return [*items, item(5, mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH, (0, 0), 0)]

    def set_mode(self, name):
        mode = self.station.link.mode_mapping()[name]
        mode = mode if isinstance(mode, tuple) else (mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED, mode, 0)
        result = self.station.command(mavlink.MAV_CMD_DO_SET_MODE, *mode)
        self.assertEqual(result, mavlink.MAV_RESULT_ACCEPTED)
        self.station.wait(f"mode {name}", "HEARTBEAT", lambda beat: self.station.link.flightmode == name)

    def test_its_heartbeat_says_what_it_is(self):
        beat = self.station.wait("a heartbeat", "HEARTBEAT")
        self.assertEqual((beat.type, beat.autopilot), (mavlink.MAV_TYPE_QUADROTOR, self.AUTOPILOT))
        self.assertTrue(beat.base_mode & mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED)

    def test_every_parameter_is_listed_once_and_one_is_set(self):
        link = self.station.link
        link.param_fetch_all()
        first = self.station.wait("a parameter", "PARAM_VALUE", lambda it: it.param_index < it.param_count)
        names = {first.param_index: first.param_id}
        while len(names) < first.param_count:
            value = self.station.wait("another parameter", "PARAM_VALUE")
            if value.param_index < value.param_count:
                names[value.param_index] = value.param_id
        self.assertEqual(sorted(names), list(range(first.param_count)))
        self.assertEqual(len(set(names.values())), first.param_count)
        sent, kind = self.encoded(self.VALUE)
        link.mav.param_set_send(1, 1, self.SETTING.encode(), sent, kind)
        back = self.station.wait("the setting", "PARAM_VALUE", lambda it: it.param_id == self.SETTING)
        self.assertEqual(back.param_value, sent)

    def encoded(self, value):
        """A whole number as this make has it in the field for a float: as a float."""
        return float(value), mavlink.MAV_PARAM_TYPE_INT32

    def test_a_mission_goes_up_comes_down_and_is_flown_to_its_end(self):
        station, mission = self.station, self.mission()
        # Without a position there is no home to go to.
        self.station.ask_for(mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT, 5)
        station.wait("a position", "GLOBAL_POSITION_INT", lambda it: it.lat != 0)
        result, asked = station.upload(mission, MISSION)
        self.assertEqual(result, mavlink.MAV_MISSION_ACCEPTED)
        self.assertEqual(set(asked), {self.ASKS_WITH})
        back = station.download(MISSION)
        self.assertEqual([it.command for it in back], [it.command for it in mission])
        waypoints = [it for it in mission[1:] if it.command == mavlink.MAV_CMD_NAV_WAYPOINT]
        for sent in waypoints:
            self.assertEqual((back[sent.seq].x, back[sent.seq].y, back[sent.seq].z), (sent.x, sent.y, sent.z))
        self.start_mission()
        for sent in waypoints:
            station.wait(f"item {sent.seq} reached", "MISSION_ITEM_REACHED", lambda it, seq=sent.seq: it.seq == seq)
        station.wait_until_disarmed()

    def start_mission(self):
        self.set_mode("GUIDED")
        self.station.arm()
        result = self.station.command(mavlink.MAV_CMD_MISSION_START)
        self.assertEqual(result, mavlink.MAV_RESULT_ACCEPTED)

    def test_waypoints_of_a_file_are_loaded_and_come_down_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plan.txt"
            loader = mavwp.MAVWPLoader(1, 1)
            for sent in self.mission():
                loader.add(mavutil.mavlink.MAVLink_mission_item_message(
                    1, 1, sent.seq, sent.frame, sent.command, 0, 1, 0, 0, 0, 0, sent.x / 1e7, sent.y / 1e7, sent.z
                ))
            loader.save(str(path))
            read = mavwp.MAVWPLoader(1, 1)
            self.assertEqual(read.load(str(path)), len(self.mission()))
        items = [
            item(seq, it.command, (it.x, it.y), it.z, frame=it.frame)
            for seq, it in ((seq, read.wp(seq)) for seq in range(read.count()))
        ]
        result, _ = self.station.upload(items, MISSION)
        self.assertEqual(result, mavlink.MAV_MISSION_ACCEPTED)
        self.assertEqual([it.command for it in self.station.download(MISSION)], [it.command for it in items])

    def test_a_fence_and_rally_points_go_up_beside_the_mission_and_come_down(self):
        station = self.station
        self.station.ask_for(mavlink.MAVLINK_MSG_ID_HOME_POSITION, 5)
        station.wait("home", "HOME_POSITION")
        corners = [(0.01, 0.01), (0.01, -0.01), (-0.01, -0.01), (-0.01, 0.01)]
        vertex = mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
        fence = [
            item(seq, vertex, (HOME[0] + north, HOME[1] + east), 0, FENCE, (4, 0, 0, 0))
            for seq, (north, east) in enumerate(corners)
        ]
        rally = [item(0, mavlink.MAV_CMD_NAV_RALLY_POINT, (HOME[0] + 0.001, HOME[1]), 40, RALLY)]
        for kind, items in ((FENCE, fence), (RALLY, rally)):
            self.assertEqual(station.upload(items, kind)[0], mavlink.MAV_MISSION_ACCEPTED)
        self.assertEqual(station.download(MISSION), [])
        for kind, items in ((FENCE, fence), (RALLY, rally)):
            back = station.download(kind)
            self.assertEqual([(it.command, it.x, it.y) for it in back], [(it.command, it.x, it.y) for it in items])
            station.link.mav.mission_clear_all_send(1, 1, kind)
            station.wait("cleared", "MISSION_ACK", lambda ack, kind=kind: ack.mission_type == kind and ack.type == 0)
            self.assertEqual(station.download(kind), [])

    def take_off(self):
        self.set_mode("GUIDED")
        self.station.arm()
        result = self.station.command(mavlink.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, 15)
        self.assertEqual(result, mavlink.MAV_RESULT_ACCEPTED)

    def test_it_takes_off_and_returns(self):
        station = self.station
        station.ask_for(mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT, 5)
        self.take_off()
        station.wait("up", "GLOBAL_POSITION_INT", lambda it: it.relative_alt > self.CLIMBS_MM)
        self.set_mode("RTL")
        station.wait_until_disarmed()

    def test_a_log_is_listed_and_downloaded_whole(self):
        station = self.station
        self.take_off()
        station.ask_for(mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT, 5)
        station.wait("up", "GLOBAL_POSITION_INT", lambda it: it.relative_alt > self.CLIMBS_MM)
        self.set_mode("RTL")
        station.wait_until_disarmed()
        station.link.mav.log_request_list_send(1, 1, 0, 0xFFFF)
        entry = station.wait("a log", "LOG_ENTRY", lambda it: it.size > 0 and it.id == it.last_log_num)
        log = bytearray()
        while len(log) < entry.size:
            station.link.mav.log_request_data_send(1, 1, entry.id, len(log), 90 * 50)
            wanted = min(entry.size, len(log) + 90 * 50)
            while len(log) < wanted:
                data = station.wait("log data", "LOG_DATA", lambda it: it.id == entry.id and it.ofs == len(log))
                log += bytes(data.data[: data.count])
        station.link.mav.log_request_end_send(1, 1)
        self.assertEqual(len(log), entry.size)
        self.check_log(bytes(log))

    def check_log(self, log):
        """Reads it with pymavlink's own reader: the flight is in it."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "flight.bin"
            path.write_bytes(log)
            reader = mavutil.mavlink_connection(str(path))
            heights = []
            while (fix := reader.recv_match(type="GPS")) is not None:
                heights.append(fix.Alt)
            reader.close()
        self.assertGreater(max(heights) - min(heights), 10)

    def test_a_file_is_put_listed_got_and_removed_by_ftp(self):
        ftp = mavftp.MAVFTP(self.station.link, 1, 1)
        content = bytes(range(256)) * 30
        with tempfile.TemporaryDirectory() as folder:
            local, back = Path(folder) / "orders.bin", Path(folder) / "back.bin"
            local.write_bytes(content)
            remote = f"{self.FILES}/orders.bin"
            self.succeeds(ftp, "CreateFile", ftp.cmd_put([str(local), remote]))
            self.succeeds(ftp, "OpenFileRO", ftp.cmd_get([remote, str(back)]))
            self.assertEqual(back.read_bytes(), content)
        self.assertEqual(ftp.cmd_list([self.FILES]).error_code, mavftp.FtpError.Success)
        listed = {entry.name: entry.size_b for entry in ftp.list_result}
        self.assertEqual(listed.get("orders.bin"), len(content))
        self.assertEqual(ftp.cmd_rm([remote]).error_code, mavftp.FtpError.Success)
        self.assertEqual(ftp.cmd_list([self.FILES]).error_code, mavftp.FtpError.Success)
        self.assertNotIn("orders.bin", [entry.name for entry in ftp.list_result])

    def succeeds(self, ftp, operation, begun):
        """Sees a transfer of pymavlink's FTP through to its end; what is no transfer it ends itself."""
        self.assertEqual(begun.error_code, mavftp.FtpError.Success, f"{operation} does not begin")
        ended = ftp.process_ftp_reply(operation, PATIENCE_S)
        self.assertEqual(ended.error_code, mavftp.FtpError.Success, f"{operation} does not end well")


class Px4(ArduPilot):
    """What a PX4 copter must do."""

    ARGUMENTS = ("--personality", "px4")
    AUTOPILOT = mavlink.MAV_AUTOPILOT_PX4
    SETTING, VALUE = "NAV_DLL_ACT", 2
    ASKS_WITH = "MISSION_REQUEST_INT"
    FILES = "/fs/microsd"
    # Its own take-off height is 2.5 m.
    CLIMBS_MM = 2_000
    STAY_ARMED = ("COM_DISARM_PRFLT", -1.0)

    def mission(self):
        return [item(sent.seq - 1, sent.command, (sent.x / 1e7, sent.y / 1e7), sent.z) for sent in super().mission()[1:]]

    def encoded(self, value):
        """And as this one has it: its bytes."""
        return struct.unpack("<f", struct.pack("<i", value))[0], mavlink.MAV_PARAM_TYPE_INT32

    def start_mission(self):
        self.station.arm()
        self.set_mode("MISSION")

    def take_off(self):
        self.station.arm()
        self.set_mode("TAKEOFF")

    def check_log(self, log):
        self.assertEqual(log[:4], b"ULog")


if __name__ == "__main__":
    unittest.main()
