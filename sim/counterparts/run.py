"""Runs the counterparts' tests: every test class in a process of its own, as many at a time as there are processors.

    scripts/counterparts.sh [NAME …]

Names are those of unittest, such as `test_mavsdk_client.Px4` or `test_mavproxy`. The tests wait for vehicles most of the
time, so two processes share a processor without getting in each other's way.
"""

import os
import re
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
# A class that takes longer hangs.
CLASS_WITHIN_S = 600


def classes(names):
    """The test classes, by their names."""
    sys.path.insert(0, str(HERE))
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE))
    if loader.errors:
        sys.exit("\n".join(loader.errors))
    found, waiting = {}, [suite]
    while waiting:
        it = waiting.pop()
        if isinstance(it, unittest.TestSuite):
            waiting.extend(it)
        else:
            found.setdefault(f"{type(it).__module__}.{type(it).__qualname__}", []).append(it.id())
    return found


def run(tests):
    """Runs some tests and gives back whether they passed, what they said, and how long they took."""
    begun = time.monotonic()
    command = [sys.executable, "-B", "-m", "unittest", "-v", *tests]
    try:
        ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=CLASS_WITHIN_S)
        passed, said = ended.returncode == 0, ended.stderr
        if ended.returncode < 0:
            said += f"\nended by signal {-ended.returncode}"
    except subprocess.TimeoutExpired as hung:
        passed, said = False, f"still running after {CLASS_WITHIN_S} s: {hung.stderr}"
    return passed, said, time.monotonic() - begun


def main():
    found = classes(sys.argv[1:])
    ran = failed = 0
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        results = {name: pool.submit(run, tests) for name, tests in found.items()}
        for name, result in results.items():
            passed, said, took_s = result.result()
            number = int(match[1]) if (match := re.search(r"^Ran (\d+) test", said, re.MULTILINE)) else 0
            ran += number
            print(f"{'passed' if passed else 'FAILED'}  {number:3} tests {took_s:6.1f} s  {name}", flush=True)
            if not passed:
                failed += 1
                print(said)
    print(f"{ran} tests with counterparts, {failed} of {len(found)} classes failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
