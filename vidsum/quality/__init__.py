"""How much of a video a copy of it has kept: pairing, scores, pooling, gates."""
