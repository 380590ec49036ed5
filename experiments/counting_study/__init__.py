"""What the experiments on count-conditioned images share."""
