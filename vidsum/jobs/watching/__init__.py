"""A camera that never stops, condensed into segments."""
