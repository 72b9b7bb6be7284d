"""Better, faster, larger: when a goal is reached, what a young network needs, and which change takes least effort."""

from lnlab.goals.after_support import AfterSupport, after_support
from lnlab.goals.least_effort import LeastEffort, least_effort
from lnlab.goals.median_time import median_time
from lnlab.goals.mixes import STARTS, starting_state, try_mixes
from lnlab.goals.start_up import StartUp, grow_on_results, start_up
from lnlab.goals.time_to_goal import TimeToGoal, time_to_goal

__all__ = ["STARTS", "AfterSupport", "LeastEffort", "StartUp", "TimeToGoal", "after_support", "grow_on_results",
           "least_effort", "median_time", "start_up", "starting_state", "time_to_goal", "try_mixes"]
