"""Why a network works: what a change moves, link by link, what it does through which state, what one case is worth."""

from lnlab.mechanisms.harm import Harm, helped_and_harmed
from lnlab.mechanisms.links import cases_known, what_moved
from lnlab.mechanisms.network_study import NetworkStudy, network_study
from lnlab.mechanisms.one_case import WorthOfCase, mean_worth, worth_of_case, worth_of_cases
from lnlab.mechanisms.reasons import Reasons, assumed_ranges, reasons
from lnlab.mechanisms.rivals import Rivals, push_and_let_go
from lnlab.mechanisms.worlds import PathEffects, knock_out, path_effects

__all__ = ["Harm", "NetworkStudy", "PathEffects", "Reasons", "Rivals", "WorthOfCase", "assumed_ranges", "cases_known",
           "helped_and_harmed", "knock_out", "mean_worth", "network_study", "path_effects", "push_and_let_go", "reasons",
           "what_moved", "worth_of_case", "worth_of_cases"]
