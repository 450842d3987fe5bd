"""The bytes that stand in for random ones are decided by the seed alone, and look like random ones."""

from collections import Counter

from caseseries.build.stream import Stream


def test_a_seed_decides_the_bytes_and_no_two_draws_are_alike():
    first, again, other = Stream(b"figure 1"), Stream(b"figure 1"), Stream(b"figure 2")
    drawn = [first.read(n) for n in (0, 1, 16, 16, 300)]

    assert drawn == [again.read(n) for n in (0, 1, 16, 16, 300)]
    assert [len(part) for part in drawn] == [0, 1, 16, 16, 300]
    assert len({drawn[2], drawn[3], other.read(16), drawn[4][:16]}) == 4


def test_each_child_has_a_stream_of_its_own():
    parent, again = Stream(b"seed"), Stream(b"seed")
    children = [parent.branch().read(16), parent.branch().read(16), parent.read(16)]

    assert children == [again.branch().read(16), again.branch().read(16), again.read(16)]
    assert len(set(children)) == 3


def test_every_byte_is_about_as_frequent_as_every_other():
    counts = Counter(Stream(b"seed").read(256_000))

    assert len(counts) == 256
    assert 850 < min(counts.values()) < max(counts.values()) < 1150
