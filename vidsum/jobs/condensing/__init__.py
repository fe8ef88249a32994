"""One recording: its flow from frames to a condensed video, tables and pictures."""
