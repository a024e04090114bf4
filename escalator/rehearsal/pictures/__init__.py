"""The ladder over time as a picture: swim lanes for people and channels, a mark for each message. SVG, by our own pen.

Law: what is drawn are plain values (`values`); only `of_night` knows where they come from.
"""

from escalator.rehearsal.pictures.draw import draw
from escalator.rehearsal.pictures.of_night import of_night
from escalator.rehearsal.pictures.values import Band, Lane, Mark, Picture, Stretch

__all__ = ["Band", "Lane", "Mark", "Picture", "Stretch", "draw", "of_night"]
