"""One engine for all tests, so that each formula is compiled once."""

from verifier import Engine

ENGINE = Engine()
