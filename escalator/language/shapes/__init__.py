"""The shapes of the language as data: what the loader reads, and what `escalator policy schema` shows to editors.

Nothing here reads a file. Another kind of file gets its schema by a shape of its own and `document.document`.
"""
