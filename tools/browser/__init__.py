"""A headless Chromium, to look at the pages that this project makes."""
