"""MAVSDK as a camera: its camera server, on a link of its own."""

import time

from mavsdk import ComponentType, Configuration, ConnectionResult, Mavsdk
from mavsdk.plugins.camera_server import (
    CameraFeedback,
    CameraServer,
    CameraServerResult,
    CaptureInfo,
    Information,
    Position,
    Quaternion,
)


class Camera:
    """What `picket-onboard` finds on board."""

    def __init__(self, port):
        self.configuration = Configuration.create_with_component_type(ComponentType.CAMERA)
        self.mavsdk = Mavsdk(self.configuration)
        added = self.mavsdk.add_any_connection(f"udpout://127.0.0.1:{port}")
        if added != ConnectionResult.SUCCESS:
            raise AssertionError(f"MAVSDK does not connect: {added}")
        self.server = CameraServer(self.mavsdk.server_component_by_type(ComponentType.CAMERA))
        # What it was told, in order.
        self.heard = []
        server, ok = self.server, CameraFeedback.OK
        self.on(server.subscribe_take_photo, "photo", lambda number: self.photographed(number))
        self.on(server.subscribe_zoom_range, "zoom", lambda _: server.respond_zoom_range(ok))
        self.on(server.subscribe_start_video, "record", lambda _: server.respond_start_video(ok))
        self.on(server.subscribe_stop_video, "stop", lambda _: server.respond_stop_video(ok))
        self.on(
            server.subscribe_tracking_rectangle_command,
            "follow",
            lambda _: server.respond_tracking_rectangle_command(ok),
        )
        self.on(server.subscribe_tracking_off_command, "unfollow", lambda _: server.respond_tracking_off_command(ok))
        about = Information("Picket", "Test camera", "1.0.0", 3.0, 3.68, 2.76, 3280, 2464)
        if self.server.set_information(about) != CameraServerResult.SUCCESS:
            raise AssertionError("the camera server does not take what it is")

    def on(self, subscribe, what, answer):
        def told(value, _):
            self.heard.append((what, value))
            answer(value)

        subscribe(told)

    def photographed(self, number):
        where, level = Position(54.38, 10.15, 0.0, 0.0), Quaternion(1.0, 0.0, 0.0, 0.0)
        taken = CaptureInfo(where, level, int(time.time() * 1e6), True, number, "")
        self.server.respond_take_photo(CameraFeedback.OK, taken)

    def said(self):
        """What it was told, without the values."""
        return [what for what, _ in self.heard]

    def close(self):
        self.mavsdk.destroy()
        self.configuration.destroy()
