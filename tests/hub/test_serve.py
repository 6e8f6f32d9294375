"""What the serving process sets up before anybody comes."""

import socket
from contextlib import closing

from hub.core.settings import Settings
from hub.serve import open_port
from realtime.edges.limits import KERNEL_BYTES


def test_the_kernel_holds_little_for_whoever_connects():
    with closing(open_port(Settings(secret="x" * 32, port=0))) as listening:
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == KERNEL_BYTES


def test_several_processes_share_one_port():
    with closing(open_port(Settings(secret="x" * 32, port=0, processes=2))) as first:
        port = first.getsockname()[1]
        with closing(open_port(Settings(secret="x" * 32, port=port, processes=2))) as second:
            assert second.getsockname() == first.getsockname()
