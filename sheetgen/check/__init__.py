"""The sheet that checks the gradients by differences, and what becomes of E_total at each learning rate."""
