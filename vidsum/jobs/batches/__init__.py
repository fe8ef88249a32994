"""Many recordings: which there are, what is done, and who does the rest."""
