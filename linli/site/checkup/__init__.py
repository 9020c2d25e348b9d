"""Check-up (体检) for people: files in, reports out, the pages. What is judged, and how, is decided in `linli/law/checkup/`."""
