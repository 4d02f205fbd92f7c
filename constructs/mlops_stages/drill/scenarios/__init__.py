"""What a drill plays, each part by itself or one after the other."""

from mlops_stages.drill.scenarios.all import SCENARIOS, Scenario, play

__all__ = ["SCENARIOS", "Scenario", "play"]
