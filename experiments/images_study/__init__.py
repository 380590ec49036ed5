"""What the image experiments share: options, trainings, measurements, tables, pictures."""
