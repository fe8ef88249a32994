"""How much of a video its copy has preserved: pairing, scores, pooling, gates."""
