"""Ask-tell optimization for values measured outside the program."""

from latentbo.laboratory.latent_optimizer import LatentOptimizer
from latentbo.laboratory.measurement import Measurement
from latentbo.laboratory.recording import Recorded
from latentbo.laboratory.settings import by_hand_settings

__all__ = ["LatentOptimizer", "Measurement", "Recorded", "by_hand_settings"]
