"""The names that a user gives; nothing is imported for them, so that help and completion answer at once."""

MODEL_NAMES = ("reference", "compact", "tiny")  # each has a recipe of the same name
AUTO = "auto"
DATASET_NAMES = (AUTO, "mnist", "fashion-mnist", "digits")
DEVICE_NAMES = (AUTO, "cpu", "cuda", "mps")
PRECISION_NAMES = ("float32", "bfloat16")
