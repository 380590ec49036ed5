"""Shared parts of the image experiments: options, trainings, measurements, tables, pictures."""
