"""Two images, or folders of them."""
