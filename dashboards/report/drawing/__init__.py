"""What all sections of the report draw with: markup, scales, charts, and the parts of a page."""
