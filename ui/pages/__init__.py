"""One file is one page, with a function `show`."""
