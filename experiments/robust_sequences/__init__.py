"""What decides, does and tells the experiment on molecules trained with attacked embeddings."""
