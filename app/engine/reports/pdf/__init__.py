"""A report as a PDF file: pages of plain data, typeset by Typst."""
