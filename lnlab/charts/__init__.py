"""Charts of improvement science: is a measure changing, or is it chance? Tables in, tables out."""

from lnlab.charts.choice import fitting_kind
from lnlab.charts.funnel import Funnel, funnel
from lnlab.charts.shewhart import ControlChart, control_chart
from lnlab.charts.signals import RunRuleLimits, false_alarm_rate, run_rule_limits
from lnlab.charts.words import finding, in_words

__all__ = ["ControlChart", "Funnel", "RunRuleLimits", "control_chart", "false_alarm_rate", "finding", "fitting_kind",
           "funnel", "in_words", "run_rule_limits"]
