"""Parts of `does_the_prior_matter.py`."""
