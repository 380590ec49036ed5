"""What the experiments of robustness share: attacks of trained models, tables, pictures."""
