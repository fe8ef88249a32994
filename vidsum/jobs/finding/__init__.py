"""Events in the results of many recordings."""
