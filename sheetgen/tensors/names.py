"""The sheets of a live network."""

FOLDING = "Folding"
DRAW, CENTRE, LAYERS, FOLLOW, STEP, AFTER, IMAGES = "Draw", "Centre", "Layers", "Follow", "Step", "After", "Images"
