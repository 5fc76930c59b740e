"""The sheets of a live network."""

DRAW, CENTRE, LAYERS, STEP, AFTER, IMAGES = "Draw", "Centre", "Layers", "Step", "After", "Images"
