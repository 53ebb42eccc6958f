"""A MAVSDK ground station connected to one simulated vehicle."""

import json
from math import cos, hypot, radians

from mavsdk import ComponentType, Configuration, ConnectionResult, Mavsdk
from mavsdk.logging import log_subscribe
from mavsdk.plugins.action import Action, ActionError
from mavsdk.plugins.mavlink_direct import MavlinkDirect, MavlinkMessage
from mavsdk.plugins.telemetry import Telemetry

from fleet import PATIENCE_S, Fleet, until

# What it has to say of its own goes nowhere: a test that fails says why itself.
log_subscribe(lambda level, message, file, line: True)


class Client:
    """MAVSDK as a ground station, with one vehicle of a fleet of its own."""

    def __init__(self, *arguments, speed=20):
        self.fleet = Fleet(*arguments, speed=speed)
        self.configuration = Configuration.create_with_component_type(ComponentType.GROUND_STATION)
        self.mavsdk = Mavsdk(self.configuration)
        added = self.mavsdk.add_any_connection(f"udpout://{self.fleet.addresses[0]}")
        if added != ConnectionResult.SUCCESS:
            raise AssertionError(f"MAVSDK does not connect: {added}")
        self.system = self.mavsdk.first_autopilot(PATIENCE_S)
        if self.system is None:
            raise AssertionError("MAVSDK found no autopilot")
        self.telemetry = Telemetry(self.system)
        self.action = Action(self.system)
        self.direct = MavlinkDirect(self.system)

    def close(self):
        self.mavsdk.destroy()
        self.configuration.destroy()
        return self.fleet.stop()

    def send(self, name, **fields):
        """Sends a message that MAVSDK has no call for."""
        to = {"target_system": 1, "target_component": 1}
        message = MavlinkMessage(name, 245, 190, 1, 1, json.dumps({**to, **fields}))
        self.direct.send_message(message)

    def ask_for_streams(self, rate_hz=5):
        """Asks for every stream, the way ArduPilot wants to be asked; PX4 streams unasked."""
        self.send("REQUEST_DATA_STREAM", req_stream_id=0, req_message_rate=rate_hz, start_stop=1)

    def position(self):
        return self.telemetry.position()

    def wait_until_ready(self):
        """Waits until the vehicle may be armed, which a position is needed for."""
        self.ask_for_streams()
        until("the vehicle is healthy", self.telemetry.health_all_ok)

    def arm(self):
        """Arms; a vehicle that says it is ready may refuse once more while its filter settles."""

        def armed():
            try:
                self.action.arm()
            except ActionError:
                return False
            return True

        self.wait_until_ready()
        until("the vehicle arms", armed)
        until("the vehicle says it is armed", self.telemetry.armed)

    def climb(self, height_m):
        """Arms and takes off."""
        self.arm()
        self.action.set_takeoff_altitude(height_m)
        self.action.takeoff()
        until(f"at {height_m} m", lambda: abs(self.position().relative_altitude_m - height_m) < 1.5)

    def wait_until_landed(self):
        until("landed and disarmed", lambda: not self.telemetry.armed(), 2 * PATIENCE_S)


def metres_between(a, b):
    """How far two places are apart over ground, near enough for places some hundred metres apart."""
    north = (a[0] - b[0]) * 111_195
    east = (a[1] - b[1]) * 111_195 * cos(radians(a[0]))
    return hypot(north, east)
