"""Many recordings: which exist, which are done, and the processes that do the rest."""
