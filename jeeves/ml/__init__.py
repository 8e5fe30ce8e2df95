"""The classifier: features, training, scoring, artifacts."""
