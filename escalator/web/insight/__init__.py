"""What the past teaches, for programs and for pages: what is asked, what is found, as tables that can be exported."""
