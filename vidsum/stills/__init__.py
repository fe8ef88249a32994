"""Two images: reading them, how alike they are, and pictures of where they differ."""
