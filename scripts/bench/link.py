"""How many messages a second pymavlink decodes: the same recorded frames, one at a time. Prints `name messages_per_s`."""

import os
import sys
import time

os.environ["MAVLINK20"] = "1"

from pymavlink.dialects.v20 import ardupilotmega  # noqa: E402

MEASURED_FOR_S = 4.0


def frames(path):
    """The recording, cut into frames."""
    mav = ardupilotmega.MAVLink(None)
    with open(path, "rb") as recording:
        return [bytes(message.get_msgbuf()) for message in mav.parse_buffer(recording.read())]


def main():
    recorded = frames(sys.argv[1])
    mav = ardupilotmega.MAVLink(None)
    messages, start = 0, time.perf_counter()
    while time.perf_counter() - start < MEASURED_FOR_S:
        for frame in recorded:
            messages += len(mav.parse_buffer(frame) or ())
    print("pymavlink_decode", round(messages / (time.perf_counter() - start)))


if __name__ == "__main__":
    main()
