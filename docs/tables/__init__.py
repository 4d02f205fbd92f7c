"""The tables of the pages, each made from the code or the templates that it tells of."""
