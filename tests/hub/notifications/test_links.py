import xml.etree.ElementTree as ET

import pytest

from hub.core.work import Policies
from hub.notifications import links


@pytest.mark.parametrize(
    ("public", "base", "whole"),
    [
        ("https://book.example/", "http://10.0.0.5:8000/", "https://book.example/g/tkt"),
        ("", "http://10.0.0.5:8000/", "http://10.0.0.5:8000/g/tkt"),
        ("", "", "/g/tkt"),
    ],
)
def test_a_link_is_whole_wherever_its_host_is_known(public: str, base: str, whole: str):
    policies = Policies({("venue.public_url", None): public})
    assert links.whole(policies, "tkt", base) == whole


def test_the_picture_is_plain_svg_and_differs_by_link():
    one, other = links.picture("http://10.0.0.5:8000/g/one"), links.picture("http://10.0.0.5:8000/g/two")
    assert ET.fromstring(one).tag.endswith("svg")
    assert one != other
