"""A guest's own link, in words and as a picture. Pure."""

import io

import segno

from hub.core.work import Policies

QR_SCALE = 8  # pixels a module; read from a tablet held over the counter


def whole(policies: Policies, ticket: str, base: str = "") -> str:
    """The link as guests are given it. `base` is where the house was reached just now (a request's own address), for
    houses whose policy `venue.public_url` says nothing; without either the link has no host."""
    return f"{(policies.get('venue.public_url') or base).rstrip('/')}/g/{ticket}"


def picture(link: str) -> str:
    """The link as a QR code to scan from the host's screen: SVG."""
    drawn = io.BytesIO()
    segno.make(link, error="m").save(drawn, kind="svg", scale=QR_SCALE, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()
