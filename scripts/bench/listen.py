"""Listens to a fleet as a ground station does, and says how punctual the heartbeats were when they arrived.

    listen.py PORT VEHICLES SECONDS

It answers every vehicle's first heartbeat with a request for all streams at 4 Hz, beats once a second itself, and takes the
kernel's time of arrival of each datagram, so that its own slowness is not measured. Prints one line of JSON.
"""

import json
import socket
import struct
import sys
import time

# Linux: <asm-generic/socket.h>.
SO_TIMESTAMPNS = 35
HEADER = 10


def frame(sequence, message, extra, payload):
    """A MAVLink 2 frame of ground station 255. Source: mavlink.io, "Packet Serialization"."""
    head = bytes([len(payload), 0, 0, sequence & 255, 255, 190]) + message.to_bytes(3, "little")
    checksum = 0xFFFF
    for byte in head + payload + bytes([extra]):
        mixed = byte ^ (checksum & 0xFF)
        mixed = (mixed ^ (mixed << 4)) & 0xFF
        checksum = (checksum >> 8) ^ (mixed << 8) ^ (mixed << 3) ^ (mixed >> 4)
    return b"\xfd" + head + payload + struct.pack("<H", checksum)


def frames(datagram):
    """System, component and message of each whole frame; a datagram may begin in the middle of none."""
    at = 0
    while at + HEADER <= len(datagram) and datagram[at] == 0xFD:
        end = at + HEADER + datagram[at + 1] + 2 + (13 if datagram[at + 2] & 1 else 0)
        yield datagram[at + 5], datagram[at + 6], int.from_bytes(datagram[at + 7 : at + 10], "little")
        at = end


def main():
    port, vehicles, seconds = (int(argument) for argument in sys.argv[1:])
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    listening.bind(("127.0.0.1", port))
    listening.settimeout(0.2)
    print("listening", flush=True)
    addresses, beats, received, beat_at = {}, {}, 0, 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if time.monotonic() >= beat_at:
            beat_at = time.monotonic() + 1
            for address in addresses.values():
                listening.sendto(frame(int(beat_at), 0, 50, bytes([0, 0, 0, 0, 6, 8, 0, 4, 3])), address)
        try:
            datagram, ancillary, _, address = listening.recvmsg(4096, 64)
        except TimeoutError:
            continue
        arrived = next(struct.unpack("=qq", bytes(data)) for _, kind, data in ancillary if kind == SO_TIMESTAMPNS)
        for system, component, message in frames(datagram):
            received += 1
            if message != 0 or component != 1:
                continue
            beats.setdefault(system, []).append(arrived[0] + arrived[1] / 1e9)
            if system not in addresses:
                addresses[system] = address
                everything = struct.pack("<HBBBB", 4, system, 1, 0, 1)
                listening.sendto(frame(0, 66, 148, everything), address)
    deviations = sorted(
        1000 * abs(later - earlier - 1) for times in beats.values() for earlier, later in zip(times, times[1:])
    )
    at = lambda part: deviations[min(len(deviations) - 1, int(part * len(deviations)))]  # noqa: E731
    print(
        json.dumps(
            {
                "vehicles": len(beats),
                "intervals": len(deviations),
                "median_ms": round(at(0.5), 2),
                "p99_ms": round(at(0.99), 2),
                "greatest_ms": round(deviations[-1], 2),
                "within_50_ms": all(deviation <= 50 for deviation in deviations) and len(beats) == vehicles,
                "messages_per_second": round(received / seconds),
            }
        )
    )


main()
