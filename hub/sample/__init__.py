"""The sample house: Casa Lumen, a restaurant that does not exist, on a Friday evening a little after seven.

Promise. The house is furnished by data and brought to its evening by ordinary commands given at their own house times,
so that nothing in it could not have come about by hand; the same seed gives the same evening. It is made once, in an
empty house only, and marked as a sample: one-tap sign-in and a clock that can be set exist nowhere else.

Words. The *premises* are rooms, tables, sections and people; the *script* is the evening as a list of commands.
"""
