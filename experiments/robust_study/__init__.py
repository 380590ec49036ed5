"""Shared parts of the robustness experiments: attacks of trained models, tables, pictures."""
