"""A reference and its copy: which frames are compared, and what is found."""
