"""The sheet of a training log: `write_page` writes it with XlsxWriter."""

from training_log.sheet.page import Page, Written, write_page

__all__ = ["Page", "Written", "write_page"]
