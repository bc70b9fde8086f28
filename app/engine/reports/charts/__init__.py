"""Charts as small SVG drawings, shared by HTML files, PDF files and pages."""
