"""Jobs of yardstick.py (searches, trainings, help texts) and the comparison of their records."""
