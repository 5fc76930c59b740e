"""A sequential network as blocks of cells: one image, every layer, and one step of gradient descent, all live."""
