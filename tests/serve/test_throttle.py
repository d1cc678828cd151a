"""How long a stranger's address waits, and how much of this machine's time all strangers together get."""

from __future__ import annotations

from clerk.serve.throttle import A_MINUTE, ADDRESSES, AT_ONCE, FORGET_S, FREE, WAIT_AT_MOST_S, Throttle, network
from tests.serve.conftest import Watch


def waited(throttle: Throttle, watch: Watch, address: str) -> float:
    """Seconds until this address's next try was taken."""
    before = watch.now
    while wait_s := throttle.wait_s(address):
        watch.now += wait_s
    return watch.now - before


def test_an_address_waits_twice_as_long_each_time_and_never_beyond_a_quarter_of_an_hour() -> None:
    watch = Watch()
    throttle = Throttle(watch)
    waits = [waited(throttle, watch, "192.0.2.1") for _ in range(FREE + 14)]
    assert waits[: FREE + 5] == [0] * FREE + [1, 2, 4, 8, 16]
    assert max(waits) == waits[-1] == WAIT_AT_MOST_S


def test_tries_while_an_address_waits_do_not_lengthen_its_wait() -> None:
    watch = Watch()
    throttle = Throttle(watch)
    for _ in range(FREE + 3):
        waited(throttle, watch, "192.0.2.1")
    for _ in range(1000):
        throttle.wait_s("192.0.2.1")
    assert waited(throttle, watch, "192.0.2.1") == 8


def test_an_address_begins_anew_after_a_right_pin_and_after_an_hour() -> None:
    watch = Watch()
    throttle = Throttle(watch)
    for forgotten_by in ("a right PIN", "an hour"):
        for _ in range(FREE + 5):
            waited(throttle, watch, "192.0.2.1")
        if forgotten_by == "an hour":
            watch.now += FORGET_S + 1
        else:
            throttle.right("192.0.2.1")
        watch.now += 600
        assert [throttle.wait_s("192.0.2.1") for _ in range(FREE)] == [0] * FREE


def test_ten_thousand_addresses_get_no_more_of_the_machine_than_a_few() -> None:
    watch = Watch()
    throttle = Throttle(watch)
    taken = sum(throttle.wait_s(f"10.0.{number >> 8}.{number & 255}") == 0 for number in range(10_000))
    assert taken == AT_ONCE
    for _ in range(60):
        watch.now += 1
        taken += sum(throttle.wait_s(f"10.1.{number >> 8}.{number & 255}") == 0 for number in range(100))
    assert AT_ONCE + A_MINUTE - 1 <= taken <= AT_ONCE + A_MINUTE


def test_addresses_take_a_bounded_room() -> None:
    watch = Watch()
    throttle = Throttle(watch)
    for number in range(ADDRESSES + 500):
        watch.now += 60 / A_MINUTE
        assert throttle.wait_s(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}") == 0
    assert len(throttle._known) == ADDRESSES


def test_of_ipv6_the_network_of_one_machine_counts() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:2") == "2001:db8::/64"
    assert network("2001:db8:0:1::1") != network("2001:db8::1")
    assert network("fe80::1%eth0") == "fe80::/64"
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"
    assert network("") == ""
