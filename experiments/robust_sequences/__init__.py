"""Settings, steps and report of the experiment on molecules trained with attacked embeddings."""
