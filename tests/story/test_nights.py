"""Ordinary nights: somebody is paged, somebody answers, somebody does not."""

from tests.story.stage import Stage


def test_bob_is_paged_acknowledges_and_all_who_were_told_are_told(stage: Stage) -> None:
    stage.alert("DiskFull")
    stage.expect("bob gets a push, an sms and an email", "ops gets a slack").nobody_else_is_told()
    stage.passes("2m").acknowledges("bob")
    stage.expect("bob gets a push, an sms and an email: acknowledged by bob", "ops is told: acknowledged by bob")
    stage.passes("59m").nobody_else_is_told()
    stage.resolves("DiskFull")
    stage.expect("bob gets a push, an sms and an email: resolved", "ops is told: resolved").nobody_else_is_told()
    stage.passes("2d").nobody_else_is_told()
