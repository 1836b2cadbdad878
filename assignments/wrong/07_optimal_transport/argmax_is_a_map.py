"""The largest entry of each row is taken for all of it.

loses: reading_split 2
says: sends mass to two of three places
"""


# %% answer_kind
def kind(coupling):
    main = coupling.argmax(1).tolist()
    return "one to one" if len(set(main)) == len(main) else "map"
