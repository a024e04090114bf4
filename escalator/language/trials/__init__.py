"""Files `*.test.yaml`: nights that are told beforehand, and what shall come of them. Texts in, frozen values out."""

from escalator.language.trials.loading import compile_trials
from escalator.language.trials.values import Case, Expected, Happening, Suite, Trial

__all__ = ["Case", "Expected", "Happening", "Suite", "Trial", "compile_trials"]
