"""`escalator device` as a person types it."""

PATH = "/api/v1/people/alice%20b/devices"


def test_a_link_is_printed_alone_so_that_it_can_be_sent_on(service, run):
    made = {"url": "https://esc.example/devices/t.k", "expires_at": "2026-03-04T10:00:00Z"}
    service.says(f"POST {PATH}/link", made)
    printed = run("device", "link", "alice b")
    assert (printed.code, printed.out) == (0, "https://esc.example/devices/t.k\n")
    assert "before 2026-03-04T10:00:00Z" in printed.err
    assert run("device", "link", "alice b", "--json").json == made


def test_devices_are_listed_and_forgotten(service, run):
    items = {"items": [{"id": "d1", "label": "phone", "service": "push.example.com"}]}
    service.says(f"GET {PATH}", items)
    service.says(f"DELETE {PATH}/d1", b"", 204)
    assert run("device", "list", "alice b").out.splitlines()[1] == "d1\tphone\tpush.example.com"
    assert run("device", "list", "alice b", "--json").json == items
    assert run("device", "forget", "alice b", "d1").out == "device d1 of alice b is forgotten\n"
    assert run("device", "forget", "alice b", "d2").code == 1
