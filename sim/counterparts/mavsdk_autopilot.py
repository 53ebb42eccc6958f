"""MAVSDK as an autopilot: its server plugins, and behind them a vehicle that is a point."""

import ctypes
import threading
import time
from math import cos, hypot, radians

from mavsdk import ComponentType, Configuration, ConnectionResult, Mavsdk
from mavsdk.cmavsdk_loader import _cmavsdk_lib
from mavsdk.logging import log_subscribe
from mavsdk.plugins.action_server import ActionServer, ActionServerResult, AllowableFlightModes, FlightMode
from mavsdk.plugins.ftp_server import FtpServer
from mavsdk.plugins.mission_raw_server import MissionRawServer
from mavsdk.plugins.param_server import ParamServer
from mavsdk.plugins.telemetry_server import (
    AngularVelocityBody,
    Battery,
    EulerAngle,
    FixType,
    GpsInfo,
    Heading,
    LandedState,
    Position,
    RawGps,
    TelemetryServer,
    VelocityNed,
    VtolState,
)

log_subscribe(lambda level, message, file, line: True)

HOME = (54.38, 10.15)
# MAVSDK tells its home's altitude a million times too low, so home is where that is right.
HOME_AMSL_M = 0.0
MAV_TYPE_QUADROTOR = 2
WAYPOINT, RETURN, LAND, TAKE_OFF = 16, 20, 21, 22
# It is ten times as fast as what it passes for, so that nobody waits for it.
SPEED_M_S = 100.0
CLIMB_M_S = 20.0
TICK_S = 0.05

# What a PX4 set up with care says about its failsafes: it returns home ten seconds after its link was lost.
SETTINGS_INT = {"NAV_DLL_ACT": 2, "NAV_RCL_ACT": 2, "COM_DL_LOSS_T": 10, "COM_LOW_BAT_ACT": 3, "SYS_AUTOSTART": 4001}
SETTINGS_FLOAT = {"RTL_RETURN_ALT": 30.0, "MIS_TAKEOFF_ALT": 10.0, "COM_DISARM_PRFLT": 10.0}


class Autopilot:
    """What `picket-onboard` is connected to."""

    def __init__(self, port, armable=True, settings=None):
        self.configuration = Configuration.create_with_component_type(ComponentType.AUTOPILOT)
        # The Python part of MAVSDK 4.1.0 has no name for this; a bare number would be cut to 32 bits.
        handle = ctypes.c_void_p(self.configuration._handle)
        _cmavsdk_lib.mavsdk_configuration_set_mav_type(handle, MAV_TYPE_QUADROTOR)
        self.mavsdk = Mavsdk(self.configuration)
        # From here its own messages count; those it is given the time of have to agree.
        self.started = time.monotonic()
        added = self.mavsdk.add_any_connection(f"udpout://127.0.0.1:{port}")
        if added != ConnectionResult.SUCCESS:
            raise AssertionError(f"MAVSDK does not connect: {added}")
        component = self.mavsdk.server_component_by_type(ComponentType.AUTOPILOT)
        self.parameters = ParamServer(component)
        for name, value in {**SETTINGS_INT, **(settings or {})}.items():
            self.parameters.provide_param_int(name, value)
        for name, value in SETTINGS_FLOAT.items():
            self.parameters.provide_param_float(name, value)
        self.telemetry = TelemetryServer(component)
        self.missions = MissionRawServer(component)
        self.files = FtpServer(component)
        self.action = ActionServer(component)
        self.action.set_armable(armable, False)
        self.action.set_disarmable(True, True)
        self.action.set_allow_takeoff(True)
        self.action.set_allowable_flight_modes(AllowableFlightModes(*[True] * 7))
        # What it was told, in order.
        self.heard = []
        self.uploads = []
        self.armed = False
        self.mode = FlightMode.HOLD
        self.north_m = self.east_m = self.height_m = 0.0
        self.index = 0
        self.action.subscribe_arm_disarm(lambda result, asked, _: self.arm(result, asked.arm))
        self.action.subscribe_flight_mode_change(lambda result, mode, _: self.enter(mode, result))
        self.action.subscribe_takeoff(lambda result, _, __: self.enter(FlightMode.TAKEOFF))
        self.missions.subscribe_incoming_mission(lambda result, plan, _: self.uploads.append(plan.mission_items))
        self.action.set_flight_mode_internal(self.mode)
        self.ending = threading.Event()
        self.flying = threading.Thread(target=self.fly, daemon=True)
        self.flying.start()

    def close(self):
        self.ending.set()
        self.flying.join()
        self.mavsdk.destroy()
        self.configuration.destroy()

    def arm(self, result, armed):
        # It tells of what it refuses, too.
        if result != ActionServerResult.SUCCESS:
            return
        self.heard.append("arm" if armed else "disarm")
        self.armed = armed

    def enter(self, mode, result=ActionServerResult.SUCCESS):
        if result != ActionServerResult.SUCCESS:
            return
        if mode == FlightMode.MISSION and self.mode != mode:
            self.index = 0
        self.heard.append(FlightMode(mode).name)
        self.mode = mode

    def mission(self):
        """The mission uploaded last: fences and rally points come the same way."""
        missions = [items for items in self.uploads if items and items[0].mission_type == 0]
        return missions[-1] if missions else []

    def fly(self):
        while not self.ending.wait(TICK_S):
            if self.armed:
                self.move()
            self.publish()

    def move(self):
        match self.mode:
            case FlightMode.TAKEOFF:
                self.climb_to(10.0)
            case FlightMode.RETURN_TO_LAUNCH:
                if self.go_to(0.0, 0.0):
                    self.land()
            case FlightMode.LAND:
                self.land()
            case FlightMode.MISSION:
                self.follow_mission()

    def follow_mission(self):
        mission = self.mission()
        if self.index >= len(mission):
            return
        item = mission[self.index]
        done = True
        if item.command == TAKE_OFF:
            done = self.climb_to(40.0)
        elif item.command == WAYPOINT:
            done = self.go_to(*offset((item.x / 1e7, item.y / 1e7)))
        elif item.command in (RETURN, LAND):
            done = self.go_to(0.0, 0.0) and self.land()
        if done:
            self.missions.set_current_item_complete()
            self.index += 1

    def climb_to(self, height_m):
        self.height_m = min(height_m, self.height_m + CLIMB_M_S * TICK_S)
        return self.height_m == height_m

    def go_to(self, north_m, east_m):
        north_left_m, east_left_m = north_m - self.north_m, east_m - self.east_m
        left_m = hypot(north_left_m, east_left_m)
        part = min(1.0, SPEED_M_S * TICK_S / left_m) if left_m > 0 else 1.0
        self.north_m += part * north_left_m
        self.east_m += part * east_left_m
        return part == 1.0

    def land(self):
        self.height_m = max(0.0, self.height_m - CLIMB_M_S * TICK_S)
        if self.height_m == 0.0:
            self.armed = False
            self.action.set_armed_state(False)
        return not self.armed

    def publish(self):
        latitude = HOME[0] + self.north_m / 111_195
        longitude = HOME[1] + self.east_m / (111_195 * cos(radians(HOME[0])))
        amsl_m = HOME_AMSL_M + self.height_m
        battery = Battery(24.0, 0.95)
        here = Position(latitude, longitude, amsl_m, self.height_m)
        gps = RawGps(
            timestamp_us=int(time.time() * 1e6),
            latitude_deg=latitude,
            longitude_deg=longitude,
            absolute_altitude_m=amsl_m,
            hdop=0.8,
            vdop=1.0,
        )
        self.telemetry.publish_position(here, VelocityNed(0.0, 0.0, 0.0), Heading(0.0))
        self.telemetry.publish_home(Position(*HOME, HOME_AMSL_M, 0.0))
        self.telemetry.publish_raw_gps(gps, GpsInfo(14, FixType.FIX_3D))
        since_start_us = int(1e6 * (time.monotonic() - self.started))
        self.telemetry.publish_attitude(
            EulerAngle(0.0, 0.0, 0.0, since_start_us), AngularVelocityBody(0.0, 0.0, 0.0)
        )
        self.telemetry.publish_battery(battery)
        self.telemetry.publish_sys_status(battery, True, True, True, True, True)
        landed = LandedState.IN_AIR if self.height_m > 0.5 else LandedState.ON_GROUND
        self.telemetry.publish_extended_sys_state(VtolState.UNDEFINED, landed)


def offset(place):
    """How far a place is north and east of home, metres."""
    north_m = (place[0] - HOME[0]) * 111_195
    return north_m, (place[1] - HOME[1]) * 111_195 * cos(radians(HOME[0]))
