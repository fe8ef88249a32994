"""Scenes of the sample videos and the tools they are drawn and written with."""
