"""What yardstick.py records: searches, trainings and help texts, and how records are compared."""
