"""The broker of the open gateway: what a channel keeps, for how long, and what a token lets through."""

import base64
import json

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from realtime import memory
from realtime.backend import Refusal, Session
from realtime.memory import MemoryBroker, NotDone, Placed

pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")

ANN = Session("ann")
INFO = b'{"user":"ann","client":"c1"}'


class Watch:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def broker(watch):
    broker = MemoryBroker(is_open=True, clock=watch)
    broker.sent = []
    broker._deliver = broker.sent.extend
    return broker


def values(items):
    return [json.loads(data) for _, data in items]


# What is kept


ACTS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from("ab")),
    st.tuples(st.just("remove"), st.sampled_from("ab")),
    st.tuples(st.just("wait"), st.sampled_from([1, 299, 301])),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ACTS, max_size=40),
    st.integers(0, 45), st.integers(-1, 12), st.booleans(),
)  # fmt: skip
def test_offsets_run_on_and_pages_are_cut_from_what_is_kept(acts, offset, limit, reverse):
    """Against a model of three lines: a list of all that was ever published, and from where on it is kept."""
    kept, watch = 10, Watch()
    broker = MemoryBroker(is_open=True, clock=watch)
    said, base, touched = {"a": 0, "b": 0}, {"a": 0, "b": 0}, {"a": 0.0, "b": 0.0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "KEPT", kept)
        epochs = {name: broker.put(name, b"0").epoch for name in "ab"}
        for name in "ab":
            said[name], touched[name] = 1, watch.now
        for act, what in acts:
            if act == "put":
                said[what] += 1
                placed = broker.put(what, b"%d" % (said[what] - 1))
                assert placed == Placed(said[what], epochs[what])
                if watch.now - touched[what] >= memory.KEPT_S:
                    base[what] = said[what] - 1
                touched[what] = watch.now
            elif act == "remove":
                broker.streams.empty(what)
                base[what] = said[what]
            else:
                watch.now += what
        for name in "ab":
            if watch.now - touched[name] >= memory.KEPT_S:
                base[name] = said[name]
            first = max(base[name], said[name] - kept) + 1
            there = [(n, b"%d" % (n - 1)) for n in range(first, said[name] + 1)]
            assert broker.page(name, since=None, limit=-1)[1] == there
            if reverse and not offset:
                continue
            stream, page = broker.page(name, since=(offset, epochs[name]), limit=limit, reverse=reverse)
            assert (stream.top, stream.epoch) == (said[name], epochs[name])
            asked = [p for p in reversed(there) if p[0] < offset] if reverse else [p for p in there if p[0] > offset]
            assert page == (asked if limit < 0 else asked[:limit])
        assert broker.streams.bytes == sum(
            len(data) + memory.ITEM_BYTES for name in "ab" for _, data in broker.page(name, since=None, limit=-1)[1]
        )


async def test_the_gateway_reads_positions_and_what_came_after(broker):
    assert (await broker.history("a", None, 0)).top == 0
    epoch = broker.put("a", b"1").epoch
    for n in (2, 3):
        broker.put("a", b"%d" % n)
    found = await broker.history("a", None, 0)
    assert (found.epoch, found.top, found.publications) == (epoch, 3, [])
    assert (await broker.history("a", 1, 1)).publications == [(2, b"2")]
    assert (await broker.history("a", 0, 512)).publications == [(1, b"1"), (2, b"2"), (3, b"3")]
    assert (await broker.history("b", None, 0)).epoch != epoch, "an epoch is a channel's own"


def test_a_position_outlives_its_publications_and_is_forgotten_only_unread(broker, watch):
    reading = {"read"}
    broker.streams.in_use = reading.__contains__
    epochs = {name: broker.put(name, b"1").epoch for name in ("idle", "read")}
    watch.now += memory.KEPT_S
    broker.streams.sweep()
    assert broker.streams.bytes == 0
    assert [broker.page(name, since=None, limit=-1)[1] for name in epochs] == [[], []]
    assert broker.put("idle", b"2") == Placed(2, epochs["idle"])
    watch.now += memory.KEPT_S
    assert len(broker.streams) == 2
    broker.page("idle", since=None, limit=0)
    watch.now += memory.POSITION_S
    assert broker.put("read", b"2") == Placed(2, epochs["read"])
    again = broker.put("idle", b"1")
    assert again.offset == 1
    assert again.epoch != epochs["idle"]


def test_beyond_its_channels_it_forgets_the_longest_unread_one_and_never_a_read_one(broker, watch, monkeypatch):
    monkeypatch.setattr(memory, "CHANNELS", 3)
    reading = {"old"}
    broker.streams.in_use = reading.__contains__
    first = {name: broker.put(name, b"1") for name in ("old", "older", "new")}
    broker.put("more", b"1")
    assert len(broker.streams) == 3
    assert broker.streams.bytes == 3 * (1 + memory.ITEM_BYTES)
    assert broker.put("old", b"2") == replace(first["old"], offset=2)
    assert broker.put("new", b"2") == replace(first["new"], offset=2)
    reading |= {"new", "more"}
    with pytest.raises(NotDone) as no:
        broker.put("older", b"1")
    assert no.value.error.code == 106
    assert len(broker.streams) == 3


def test_what_is_due_is_gone_though_a_call_lets_go_of_few(broker, watch, monkeypatch):
    monkeypatch.setattr(memory, "DUE", 0)
    epoch = broker.put("a", b"1").epoch
    watch.now += memory.KEPT_S
    assert broker.page("a", since=None, limit=-1)[1] == []
    watch.now += memory.POSITION_S
    assert broker.put("a", b"1").offset == 1
    assert broker.page("a", since=None, limit=0)[0].epoch != epoch


def test_the_gateway_hears_what_is_no_longer_kept(broker, watch, monkeypatch):
    monkeypatch.setattr(memory, "KEPT", 2)
    heard = []
    broker.streams.trim = lambda channel, base: heard.append((channel, base))
    for n in range(4):
        broker.put("a", b"%d" % n)
    assert heard == [("a", 1), ("a", 2)]
    broker.streams.empty("a")
    assert heard[-1] == ("a", 4)


def test_beyond_its_bytes_the_channel_longest_without_news_loses_its_own(broker, monkeypatch):
    room = 2 * (10 + memory.ITEM_BYTES)
    monkeypatch.setattr(memory, "KEPT_BYTES", room)
    for name in "abc":
        broker.put(name, b'"12345678"')
    assert broker.page("a", since=None, limit=-1)[1] == []
    assert [len(broker.page(name, since=None, limit=-1)[1]) for name in "bc"] == [1, 1]
    assert broker.put("a", b"2").offset == 2
    assert broker.streams.bytes <= room


# Publishing


def test_what_is_published_goes_out_as_it_is_kept(broker):
    broker.put("a", b'{\n "x": 1\r\n}', tags=b'{"t":"1"}')
    broker.put("a", b"2", info=INFO)
    assert broker.sent == [
        ("a", 1, b'{  "x": 1  },"tags":{"t":"1"}'),
        ("a", 2, b'2,"info":' + INFO),
    ]
    assert broker.page("a", since=None, limit=-1)[1] == [(offset, data) for _, offset, data in broker.sent]


def test_what_is_not_kept_is_delivered_without_a_place(broker):
    broker.put("a", b"1")
    assert broker.put("a", b"2", keep=False) == Placed()
    assert broker.sent[-1] == ("a", 0, b"2")
    assert broker.page("a", since=None, limit=-1)[0].top == 1


def test_a_repeated_key_gives_the_first_answer_for_five_minutes_in_its_channel(broker, watch, monkeypatch):
    first = broker.put("a", b"1", key="k")
    assert broker.put("a", b"2", key="k") == first
    assert broker.put("b", b"1", key="k").offset == 1
    assert len(broker.sent) == 2
    watch.now += memory.IDEMPOTENT_S
    assert broker.put("a", b"3", key="k").offset == 2
    monkeypatch.setattr(memory, "IDEMPOTENT", 2)
    for key in ("k2", "k3"):
        broker.put("a", b"4", key=key)
    assert len(broker._placed) == 2
    assert broker.put("a", b"5", key="k").offset == 5, "the oldest key was forgotten"


@pytest.mark.parametrize("more", [{"data": b""}, {"data": b'"%b"' % (b"x" * memory.PUBLICATION_BYTES)}, {"key": "k" * 256}])
def test_what_cannot_be_published_changes_nothing(broker, more):
    with pytest.raises(NotDone) as no:
        broker.put("a", **{"data": b"1", **more})
    assert no.value.error.code == 107
    assert broker.sent == []
    assert len(broker.streams) == 0


def test_a_page_after_another_epoch_or_before_nothing_is_an_error(broker):
    broker.put("a", b"1")
    for since, code in (((1, "other"), 112), ((0, ""), 107)):
        with pytest.raises(NotDone) as no:
            broker.page("a", since=since, limit=-1, reverse=True)
        assert no.value.error.code == code


# Who may what


SECRET = "a secret of the tests, long enough"


def token(secret=SECRET, algorithm="HS256", **claims):
    return jwt.encode(claims, secret, algorithm=algorithm)


@pytest.fixture
def closed(watch):
    broker = MemoryBroker(SECRET, clock=watch)
    broker._tokens._clock = watch
    return broker


async def test_an_open_gateway_lets_anyone_in_and_publish(broker):
    session = await broker.connect("", b"")
    assert session == Session("")
    grant = await broker.authorise(session, "$any")
    assert (grant.presence, grant.join_leave, grant.recovery, grant.history) == (True, True, "asked", True)
    assert await broker.publish(session, "$any", b"1", INFO) is None
    assert broker.sent == [("$any", 1, b'1,"info":' + INFO)]
    assert (await broker.publish(session, "a", b"", INFO)).code == 107
    assert (await broker.rpc(session, "x", b"")).code == 108
    for shown in ("anything", token(sub="ann")):
        assert (await broker.connect(shown, b"")).code == 3500, "what nobody can verify is not valid"


async def test_without_open_tokens_are_needed_and_clients_do_not_publish(closed):
    assert (await closed.connect("", b"")).code == 3500
    session = await closed.connect(token(sub="ann", exp=2000, info={"n": 1}), b"")
    assert session == Session("ann", 2000, info=b'{"n":1}', meta={})
    assert (await closed.publish(session, "a", b"1", INFO)).code == 103
    assert not isinstance(await closed.authorise(session, "a"), Refusal)
    assert (await closed.authorise(session, "$a")).code == 103


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_the_three_algorithms_are_taken(closed, algorithm):
    assert (await closed.connect(token(algorithm=algorithm, sub="ann"), b"")).user == "ann"


@pytest.mark.parametrize(
    "forged",
    [
        "x", "a.b.c", token("another secret, also long enough", sub="ann"), token(sub="ann", channel="a"),
        jwt.encode({"sub": "ann"}, None, algorithm="none"), token(sub=7), token(sub="ann", exp="tomorrow"),
        token(sub="ann", b64info="%%%"), token(sub="ann", b64info=base64.b64encode(b"no json").decode()),
        token(sub="ann", channels="a"), token("another secret, also long enough", sub="ann", exp=1),
    ],
)  # fmt: skip
async def test_a_forged_or_malformed_token_ends_the_connection(closed, forged):
    assert await closed.connect(forged, b"") == Refusal(3500, "invalid token", close=True)


@pytest.mark.parametrize(
    ("claims", "code"),
    [({"exp": 1000}, 109), ({"exp": 1001}, 0), ({"nbf": 1001}, 109), ({"nbf": 1000}, 0), ({"iat": 5000}, 0),
     ({"exp": 999, "expire_at": 5000}, 109)],
)  # fmt: skip
async def test_a_token_counts_from_its_beginning_to_its_end(closed, claims, code):
    answer = await closed.connect(token(**claims), b"")
    assert (answer.code if isinstance(answer, Refusal) else 0) == code
    if code:
        assert not answer.close
        assert (await closed.refresh(ANN, token(**claims))).code == 3005


@pytest.mark.parametrize(
    ("claims", "ends"), [({}, None), ({"exp": 2000}, 2000), ({"exp": 2000, "expire_at": 3000}, 3000), ({"exp": 2000, "expire_at": 0}, None)]
)  # fmt: skip
async def test_expire_at_says_how_long_a_connection_lives(closed, broker, claims, ends):
    assert (await closed.connect(token(**claims), b"")).expires_at == ends
    both = MemoryBroker(SECRET, is_open=True)
    both._tokens._clock = closed._clock
    assert (await both.connect(token(**claims), b"")).expires_at is None, "an open gateway ignores its end"
    assert (await both.connect("forged", b"")).code == 3500, "but not what it is"


async def test_a_token_brings_its_channels_and_their_terms(closed):
    session = await closed.connect(
        token(
            sub="ann", b64info=base64.b64encode(b'{"b":1}').decode(), channels=["$one"],
            subs={"$two": {"info": {"c": 2}, "data": [3], "override": {"presence": {"value": False}, "force_recovery": {"value": True}}}},
        ), b"",
    )  # fmt: skip
    assert session.channels == ("$one", "$two")
    assert session.info == b'{"b":1}'
    assert (await closed.authorise(session, "$one")) == closed._grant
    two = await closed.authorise(session, "$two")
    assert (two.info, two.data, two.presence, two.join_leave, two.recovery) == (b'{"c":2}', b"[3]", False, True, "always")
    assert (await closed.authorise(session, "$three")).code == 103


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"channel": "$a", "sub": "ann"}, 0), ({"channel": "$b", "sub": "ann"}, 3500), ({"channel": "$a"}, 3500),
        ({"channel": "$a", "sub": "bob"}, 3500), ({"sub": "ann"}, 3500), ({"channel": "$a", "sub": "ann", "exp": 1000}, 109),
        ({"channel": "$a", "sub": "ann", "secret": "another secret, also long enough"}, 103),
    ],
)  # fmt: skip
async def test_a_subscription_token_is_for_one_channel_and_user(closed, claims, code):
    answer = await closed.authorise(ANN, "$a", token(**claims))
    assert (answer.code if isinstance(answer, Refusal) else 0) == code
    if code:
        assert answer.close == (code == 3500)


async def test_a_subscription_token_carries_info_data_and_an_end(closed):
    grant = await closed.authorise(ANN, "$a", token(channel="$a", sub="ann", info=1, data={"x": 2}, exp=2000, expire_at=2500))
    assert (grant.info, grant.data, grant.expires_at) == (b"1", b'{"x":2}', 2500)
    assert (await closed.authorise(ANN, "$a", "x")).code == 103
