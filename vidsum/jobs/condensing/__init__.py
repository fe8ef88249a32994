"""One recording: the flow from frames to a condensed video, tables and pictures."""
