"""The tables that vidsum writes: one schema, one writer per format."""
