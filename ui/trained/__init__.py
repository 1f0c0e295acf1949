"""Trained models on the page: what can be asked of each kind, what is shown of it, and how it is walked."""
