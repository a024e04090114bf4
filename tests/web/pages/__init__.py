"""The console, page by page, on a fake engine."""
