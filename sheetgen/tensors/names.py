"""The sheets of a live network."""

DRAW, CENTRE, LAYERS, FOLLOW, STEP, AFTER, IMAGES = "Draw", "Centre", "Layers", "Follow", "Step", "After", "Images"
