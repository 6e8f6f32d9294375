"""The carrier: websocket clients in, publications out. It knows channels, offsets, sessions and presence; never tables.

`gateway.Gateway` is what the hub holds; `backend.Backend` is what the gateway asks of the hub; `edges.direct`
puts it on uvicorn's port; `feed.Feed` brings commits from Redis. The wire is the Centrifugal client protocol v2, JSON.

Promises: a reader sees every offset of a channel once and in order, or is told to read the state again; the commands
of one connection are answered in their order; one commit leaves in one write per connection; a reader that cannot
follow hurts nobody but itself.
"""
