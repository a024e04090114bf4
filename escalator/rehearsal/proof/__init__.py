"""That a page reaches a person, whoever and whatever fails: for every class of alerts and every instant."""
