"""The errors that latentbo raises on purpose.

Every error that a user can cause and fix derives from `LatentboError`. Its message names the value,
the place and the remedy; the commands print it as one line without a traceback.
"""


class LatentboError(Exception):
    """Base of all errors that latentbo raises on purpose."""

    exit_code = 1


class InputError(LatentboError, ValueError):
    """An input cannot be used (exit code 2 on the command line)."""

    exit_code = 2


class ConfigurationError(InputError):
    """An option has a value that cannot be used."""


class DataError(InputError):
    """A data file is missing, empty, unreadable, or holds no usable line."""


class CheckpointError(InputError):
    """A model folder, checkpoint or run folder is missing, incomplete or corrupt."""


class ObjectiveError(InputError):
    """An objective cannot be found, or fails on every probe."""


class TrainingError(LatentboError):
    """Training cannot continue (a loss that is not finite)."""


class LostCallError(LatentboError):
    """The result of a call will never come, for its cluster was lost: it is to be made again."""


class PausedError(LatentboError):
    """A run stopped before its end, for a reason outside it, and can be resumed (exit code 3)."""

    exit_code = 3
