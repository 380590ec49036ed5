"""The ask-tell loop, its record of every step, and the ledger of oracle calls."""
