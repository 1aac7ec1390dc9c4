"""The figures of a report, as SVG whose text is text and whose colours follow the page it stands in."""
