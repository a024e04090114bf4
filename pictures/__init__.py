"""Makes the pictures of docs/channels again: what each channel really sends, drawn as its receiver shows it."""
