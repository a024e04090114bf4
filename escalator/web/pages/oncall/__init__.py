"""On call and people, for people: who is on now, each schedule's calendar, each person's own page.

Law: the pages read and ask the engine, like every door; what is drawn is worked out by the pure modules beside them.
"""
