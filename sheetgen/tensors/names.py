"""The sheets of a live network."""

DRAW, LAYERS, STEP, AFTER, IMAGES = "Draw", "Layers", "Step", "After", "Images"
