"""The live evening: guests and a host, simulated by a client of the public doors.

- `demand`, `plans`: who comes, when, how many, what they will do. Drawn per party from the seed, not from the hour.
- `evening`: pure. The room and the time in, the steps that are due out.
- `room`: the rows as a client keeps them. `doors`: the house's REST doors.
- `drivers`: `Live` follows the house's clock beside people, `LockStep` sets it, for tests and benches.

A party here is: a booked party, a walk-in, or a caller. The simulator asks for what a host would ask for, takes a
refusal for an answer, and never takes back what a person did.
"""
