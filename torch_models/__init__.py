"""CNNs for MNIST: models, training, and the record of a run as a sheet."""
