"""MAVSDK 4.1.0 as an autopilot, with its server plugins, under `picket-onboard`."""

import unittest

from mavsdk_autopilot import HOME, HOME_AMSL_M, RETURN, TAKE_OFF, WAYPOINT, Autopilot
from onboard import Onboard

POINTS = 48


class MavsdkAutopilot(unittest.TestCase):
    """What `picket-onboard` must make of it."""

    def start(self, **autopilot):
        self.onboard = Onboard()
        self.addCleanup(self.onboard.close)
        self.autopilot = Autopilot(self.onboard.port, **autopilot)
        self.addCleanup(self.autopilot.close)
        self.onboard.wait_for("a state with a position", lambda state: state["latitude"] is not None)

    def plan(self):
        answer = self.onboard.order(f"plan {HOME[0]} {HOME[1]} {POINTS}")
        self.assertEqual(answer["stage"], "Done", answer["why"])

    def test_its_telemetry_becomes_the_vehicles_state(self):
        self.start()
        state = self.onboard.state
        self.assertAlmostEqual(state["latitude"], HOME[0], 6)
        self.assertAlmostEqual(state["longitude"], HOME[1], 6)
        self.assertAlmostEqual(state["amsl_m"], HOME_AMSL_M, 1)
        self.onboard.wait_for("disarmed and holding", lambda it: (it["phase"], it["mode"]) == ("Disarmed", "Hold"))

    def test_a_plan_of_fifty_items_is_uploaded_and_compared(self):
        self.start()
        self.plan()
        mission = self.autopilot.mission()
        commands = [item.command for item in mission if item.command in (TAKE_OFF, WAYPOINT, RETURN)]
        self.assertEqual(commands, [TAKE_OFF, *[WAYPOINT] * POINTS, RETURN])

    def test_a_started_plan_is_flown_to_its_end(self):
        self.start()
        self.plan()
        answer = self.onboard.order("start")
        self.assertEqual(answer["stage"], "Done", answer["why"])
        self.onboard.wait_for("flying the plan", lambda it: (it["phase"], it["mode"]) == ("Underway", "Mission"))
        self.onboard.wait_for("landed", lambda it: it["phase"] == "Disarmed")
        self.assertEqual(self.autopilot.heard.count("arm"), 1)

    def test_a_vehicle_that_may_not_be_armed_is_not_started_and_the_operator_is_told(self):
        self.start(armable=False)
        self.plan()
        answer = self.onboard.order("start")
        self.assertIn(answer["stage"], ("Refused", "Failed"))
        self.assertIn("arm", answer["why"].lower())
        self.assertNotIn("arm", self.autopilot.heard)

    def test_a_plan_that_its_failsafe_settings_contradict_is_refused_by_the_name_of_the_setting(self):
        # It lands wherever it is when its link is lost, where the plan says to return home.
        self.start(settings={"NAV_DLL_ACT": 3})
        answer = self.onboard.order(f"plan {HOME[0]} {HOME[1]} {POINTS}")
        self.assertIn(answer["stage"], ("Refused", "Failed"))
        self.assertIn("NAV_DLL_ACT", answer["why"])

    def fly(self):
        self.start()
        self.plan()
        self.assertEqual(self.onboard.order("start")["stage"], "Done")
        self.onboard.wait_for("flying", lambda it: it["phase"] == "Underway")

    def test_in_the_air_it_comes_home_when_it_is_told_to(self):
        self.fly()
        answer = self.onboard.order("home")
        self.assertEqual(answer["stage"], "Done", answer["why"])
        self.onboard.wait_for("returning", lambda it: it["mode"] == "Return")
        self.onboard.wait_for("landed", lambda it: it["phase"] == "Disarmed")

    def test_a_mode_that_it_puts_off_is_tried_again_and_then_told_to_the_operator(self):
        # MAVSDK 4.1.0 rejects HOLD for the time being, whatever modes it was allowed.
        self.fly()
        answer = self.onboard.order("pause")
        self.assertEqual(answer["stage"], "Failed")
        self.assertIn("hold", answer["why"])


if __name__ == "__main__":
    unittest.main()
