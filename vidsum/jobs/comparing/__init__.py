"""A reference and its copy: which frames are compared, and the result."""
