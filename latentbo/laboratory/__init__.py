"""Ask-tell optimization for values measured outside the program."""

from latentbo.laboratory.latent_optimizer import LatentOptimizer
from latentbo.laboratory.measurement import Measurement
from latentbo.laboratory.one_call import optimize
from latentbo.laboratory.recording import Recorded
from latentbo.laboratory.result import Result
from latentbo.laboratory.settings import by_hand_settings

__all__ = ["LatentOptimizer", "Measurement", "Recorded", "Result", "by_hand_settings", "optimize"]
